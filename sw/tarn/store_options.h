// The options of `tarn store`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/factory.h"
#include "sw/store/mediator_server.h"
#include "sw/store/member_server.h"
#include "sw/tarn/command_line.h"

namespace tarn::tool {

struct StoreOptions {
  enum class Action : std::uint8_t { kHelp, kServe, kMediator, kStatus, kControl };
  Action action = Action::kHelp;
  store::MemberServer::Options serve;       // kServe
  std::optional<hal::PlatformKind> node;    // kServe: whose pool content lies in; nothing: own memory
  std::string tty;                          // of a board
  store::MediatorServer::Options mediator;  // kMediator
  std::string folder;                       // kStatus, kControl
  nlohmann::json question;                  // kControl
  bool json = false;
};

Result<StoreOptions> ParseStoreOptions(const Words& words);
std::string StoreHelp();

}  // namespace tarn::tool
