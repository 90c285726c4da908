// What `tarn store status` tells, as JSON and for people.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>

#include "sw/store/member_host.h"

namespace tarn::store {

// clients: connections of NBD clients.
nlohmann::json StatusToJson(const MemberHost& host, std::size_t clients);
void PrintStatus(std::ostream& out, const nlohmann::json& status);

}  // namespace tarn::store
