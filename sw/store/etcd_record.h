// The mediator's record as etcd holds it, and what is said about it to etcd's JSON gateway (v3 of its interface): one
// key for each dataset, swapped by a transaction against the revision in which it was read. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/common/result.h"
#include "sw/dataset/membership.h"
#include "sw/dataset/types.h"

namespace tarn::store {

inline constexpr const char* kEtcdRangePath = "/v3/kv/range";
inline constexpr const char* kEtcdTxnPath = "/v3/kv/txn";
// No answer that is one has as many bytes.
inline constexpr std::size_t kEtcdAnswerBytesMax = 16 << 10;

// tarn/store/ and the dataset's number. The value is the record in hexadecimal digits.
std::string EtcdKey(const dataset::DatasetId& dataset);

// What etcd holds under the key.
struct EtcdHeld {
  std::uint64_t revision = 0;        // of the key's last change; 0: it is not there
  dataset::MembershipRecord record;  // epoch 0: it is not there
};
struct EtcdSwap {
  bool swapped = false;
  EtcdHeld held;  // where it was not swapped
};

// Bodies of requests: a linearizable read, and "if the key's revision is still this one, it becomes `next`; else read".
std::string EtcdRangeBody(const dataset::DatasetId& dataset);
std::string EtcdSwapBody(const dataset::DatasetId& dataset, std::uint64_t revision,
                         const dataset::MembershipRecord& next);

// What the answers say. An error where they are none, or the key holds something else than a record: then nothing may
// be concluded from them.
Result<EtcdHeld> DecodeEtcdRange(const dataset::DatasetId& dataset, const std::string& body);
Result<EtcdSwap> DecodeEtcdSwap(const dataset::DatasetId& dataset, const std::string& body);

}  // namespace tarn::store
