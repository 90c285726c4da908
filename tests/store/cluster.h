// Members and mediator of a dataset as processes on this machine, for tests.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/nbd/daemon.h"
#include "tests/trace/tarn_command.h"

namespace tarn::store {

class Cluster : public trace::TarnCommand {
 protected:
  using Json = nlohmann::json;

  static constexpr std::chrono::seconds kWaitMax{60};

  // Where members reach each other and the mediator, and what stands before a member's command (ip netns exec …).
  virtual std::string LinkAddress(int member) const { return "unix:" + (folder_ / ("l" + std::to_string(member))); }
  virtual std::string MediatorAddress() const { return "unix:" + (folder_ / "m"); }
  virtual std::vector<std::string> Prefix(int /*member*/) const { return {}; }
  // Starts what decides after a split, on what it kept.
  virtual bool StartMediator();

  // Options of every member beside those that say where things are. To be set before the first Start().
  std::vector<std::string> more_options_ = {"--lease-ms", "500", "--log-size", "512M"};
  std::string certificates_;  // a folder with one folder for each member and the mediator; empty: plain links
  int members_ = 2;

  std::string Socket(int member) const { return folder_ / ("s" + std::to_string(member)); }
  std::string Folder(int member) const { return folder_ / ("m" + std::to_string(member)); }
  std::string Log(int member) const { return trace::Text(folder_ / ("m" + std::to_string(member) + ".log")); }

  bool Start(int member, const std::vector<std::string>& options = {});
  // The mediator and all members, in sync.
  bool StartAll();
  nbd::Daemon& member(int number) { return daemons_[number]; }
  nbd::Daemon& mediator() { return daemons_[0]; }

  // `tarn store … --folder` of the member.
  Outcome Tell(int member, const std::string& words);
  void ExpectTold(int member, const std::string& words);
  // Null while the member does not answer.
  Json StatusOf(int member);
  bool Until(const std::function<bool()>& holds);
  // All these say that they serve and that exactly these are in sync.
  bool AreInSync(const std::vector<int>& members);
  bool UntilInSync(const std::vector<int>& members);
  std::string Describe();

 private:
  // What --member takes.
  std::string MemberWord(int number) const;

  std::map<int, nbd::Daemon> daemons_;
};

}  // namespace tarn::store
