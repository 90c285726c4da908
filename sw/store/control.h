// The operator's way to a running member: a unix socket in its folder; one frame with a JSON question, one with the
// answer.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "models/common/result.h"
#include "sw/net/address.h"
#include "sw/net/event_loop.h"

namespace tarn::store {

// Serves questions. A question that is no JSON object ends the connection.
class ControlServer {
 public:
  using Respond = std::function<void(nlohmann::json)>;
  using Handler = std::function<void(const nlohmann::json& question, Respond respond)>;

  static Result<std::unique_ptr<ControlServer>> Create(net::EventLoop& loop, const std::string& path, Handler handler);
  virtual ~ControlServer() = default;
};

// Asks and waits for the answer (blocks). An "error" in the answer is an error, unless it says "later": true, as a
// member does that is starting and has done nothing yet: then it is asked again. start_max: how long it may take to be
// there.
Result<nlohmann::json> AskControl(const std::string& path, const nlohmann::json& question,
                                  net::EventLoop::Clock::duration wait_max,
                                  net::EventLoop::Clock::duration start_max = {});

}  // namespace tarn::store
