#include "tests/store/cluster.h"

#include <algorithm>
#include <thread>

namespace tarn::store {

bool Cluster::StartMediator() {
  std::vector<std::string> command = {
      TARN_PROGRAM, "store", "mediator", "--folder", folder_ / "mediator", "--listen", "unix:" + (folder_ / "m")};
  if (!certificates_.empty()) command.insert(command.end(), {"--certificates", certificates_ + "/mediator"});
  return mediator().Start(command, folder_ / "mediator.log");
}

std::string Cluster::MemberWord(int number) const {
  const std::string text = std::to_string(number);
  return text + ",m" + text + "," + LinkAddress(number);
}

bool Cluster::Start(int number, const std::vector<std::string>& options) {
  std::vector<std::string> command = Prefix(number);
  command.insert(command.end(), {TARN_PROGRAM, "store", "serve", "--folder", Folder(number), "--self",
                                 std::to_string(number), "--dataset", "0123456789abcdef0123456789abcdef", "--mediator",
                                 MediatorAddress(), "--listen", "unix:" + Socket(number)});
  for (int other = 1; other <= members_; ++other) command.insert(command.end(), {"--member", MemberWord(other)});
  if (!certificates_.empty()) {
    command.insert(command.end(), {"--certificates", certificates_ + "/m" + std::to_string(number)});
  }
  command.insert(command.end(), more_options_.begin(), more_options_.end());
  command.insert(command.end(), options.begin(), options.end());
  return member(number).Start(command, folder_ / ("m" + std::to_string(number) + ".log"));
}

bool Cluster::StartAll() {
  if (!StartMediator()) return false;
  std::vector<int> all;
  for (int number = 1; number <= members_; ++number) {
    if (!Start(number, number == 1 ? std::vector<std::string>{"--create"} : std::vector<std::string>{})) return false;
    all.push_back(number);
  }
  return UntilInSync(all);
}

Cluster::Outcome Cluster::Tell(int number, const std::string& words) {
  return Run("tarn store " + words + " --folder " + Folder(number));
}

void Cluster::ExpectTold(int number, const std::string& words) {
  const Outcome outcome = Tell(number, words);
  EXPECT_EQ(outcome.exit_status, 0) << words << "\n" << outcome.error;
}

Cluster::Json Cluster::StatusOf(int number) {
  const Outcome outcome = Tell(number, "status --json");
  return outcome.exit_status == 0 ? Json::parse(outcome.output, nullptr, false) : Json();
}

bool Cluster::Until(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + kWaitMax;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  return true;
}

bool Cluster::AreInSync(const std::vector<int>& numbers) {
  return std::ranges::all_of(numbers, [&](int number) {
    const Json status = StatusOf(number);
    return status.is_object() && status.at("serves").get<bool>() &&
           status.at("in_sync").get<std::vector<int>>() == numbers;
  });
}

bool Cluster::UntilInSync(const std::vector<int>& numbers) {
  const bool reached = Until([&] { return AreInSync(numbers); });
  EXPECT_TRUE(reached) << Describe();
  return reached;
}

std::string Cluster::Describe() {
  std::string text;
  for (int number = 1; number <= members_; ++number) {
    text += "member " + std::to_string(number) + ": " + StatusOf(number).dump() + "\n" + Log(number);
  }
  return text;
}

}  // namespace tarn::store
