// etcd in the mediator's place: a cluster of it that runs anyway keeps the record, through its JSON gateway.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/net/address.h"
#include "sw/net/event_loop.h"
#include "sw/store/mediator_client.h"

namespace tarn::store {

// endpoints: members of one etcd cluster, TCP; one after the other is asked until one answers. certificates: a folder
// with ca-cert.pem, client-cert.pem and client-key.pem, for TLS; empty: plain. etcd's certificate must name 'mediator'.
// Nothing blocks; what etcd does not answer within two seconds (a read, a swap) gets no answer.
Result<std::unique_ptr<MediatorClient>> EtcdMediatorClient(net::EventLoop& loop, std::vector<net::Address> endpoints,
                                                           const std::string& certificates,
                                                           const dataset::DatasetId& dataset,
                                                           MediatorClient::Answered answered,
                                                           std::function<void(const std::string&)> log);

}  // namespace tarn::store
