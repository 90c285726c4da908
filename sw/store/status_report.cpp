#include "sw/store/status_report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <string>

namespace tarn::store {

namespace {

using Json = nlohmann::json;

constexpr double kMillisecond = 1e6;  // in ns

const char* Kind(const dataset::ObjectStatus& object) {
  return object.kind == dataset::ObjectStatus::Kind::kVolume ? "volume" : "snapshot";
}

Json Numbers(dataset::MemberSet set) {
  Json numbers = Json::array();
  for (const dataset::MemberId member : set) numbers.push_back(member);
  return numbers;
}

Json PeerToJson(const MemberHost& host, const dataset::PeerStatus& peer) {
  const auto found = std::ranges::find(host.members(), peer.member, &Peer::member);
  return {{"member", peer.member},
          {"name", found == host.members().end() ? "" : found->name},
          {"phase", peer.heard ? Name(peer.phase) : "not heard"},
          {"in_sync", peer.in_sync},
          {"learning", peer.learning},
          {"link", host.connected().contains(peer.member)},
          // A member that is not in sync has no lease to give.
          {"lease_left_ms", peer.in_sync ? static_cast<double>(peer.lease_left_ns) / kMillisecond : 0.0},
          {"updates_waiting", peer.updates_waiting},
          {"lag_ms", static_cast<double>(peer.lag_ns) / kMillisecond}};
}

std::string Sized(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  std::ostringstream text;
  text << std::fixed << std::setprecision(unit == 0 ? 0 : 1) << value << " " << kUnits[unit];
  return text.str();
}

std::string Listed(const Json& numbers) {
  std::string text;
  for (const Json& number : numbers) text += " " + std::to_string(number.get<int>());
  return text.empty() ? " none" : text;
}

void PrintPeer(std::ostream& out, const Json& peer) {
  out << "  member " << peer.at("member") << " (" << peer.at("name").get<std::string>()
      << "): " << peer.at("phase").get<std::string>() << ", "
      << (peer.at("in_sync").get<bool>()    ? "in sync"
          : peer.at("learning").get<bool>() ? "learning"
                                            : "not in sync")
      << ", " << (peer.at("link").get<bool>() ? "linked" : "no link") << ", lease "
      << static_cast<int>(peer.at("lease_left_ms").get<double>()) << " ms, " << peer.at("updates_waiting")
      << " updates waiting (" << static_cast<int>(peer.at("lag_ms").get<double>()) << " ms)\n";
}

}  // namespace

Json StatusToJson(const MemberHost& host, std::size_t clients) {
  const dataset::MemberStatus status = host.status();
  Json peers = Json::array();
  for (const dataset::PeerStatus& peer : status.peers) peers.push_back(PeerToJson(host, peer));
  Json objects = Json::array();
  for (const dataset::ObjectStatus& object : host.objects()) {
    objects.push_back({{"id", object.id},
                       {"kind", Kind(object)},
                       {"name", object.name},
                       {"size_bytes", object.size_bytes},
                       {"parent", object.parent}});
  }
  return {{"member", status.self},
          {"phase", Name(status.phase)},
          {"serves", status.serves},
          {"trouble", status.trouble},
          {"epoch", status.record.epoch},
          {"members", Numbers(status.record.members)},
          {"in_sync", Numbers(status.record.in_sync)},
          {"learners", Numbers(status.record.learners)},
          {"mediator", host.mediator_connected()},
          {"peers", peers},
          {"resync",
           {{"blocks_to_check", status.blocks_to_check},
            {"blocks_checked", status.blocks_checked},
            {"blocks_fetched", status.blocks_fetched}}},
          {"log", {{"used_bytes", status.used_bytes}, {"free_bytes", status.free_bytes}}},
          {"requests", status.requests},
          {"refused_messages", status.refused_messages},
          {"repaired_blocks", status.repaired_blocks},
          {"clients", clients},
          {"objects", objects}};
}

void PrintStatus(std::ostream& out, const Json& status) {
  out << "member " << status.at("member") << ": " << status.at("phase").get<std::string>()
      << (status.at("serves").get<bool>() ? ", serves" : ", does not serve");
  if (const auto trouble = status.at("trouble").get<std::string>(); !trouble.empty()) out << ": " << trouble;
  out << "\nepoch " << status.at("epoch") << ": in sync" << Listed(status.at("in_sync")) << "; learning"
      << Listed(status.at("learners")) << "; of" << Listed(status.at("members")) << "; mediator "
      << (status.at("mediator").get<bool>() ? "reached" : "not reached") << "\n";
  for (const Json& peer : status.at("peers")) PrintPeer(out, peer);
  const Json& resync = status.at("resync");
  if (resync.at("blocks_to_check") != 0) {
    out << "resync: " << resync.at("blocks_checked") << " of "
        << resync.at("blocks_to_check").get<std::uint64_t>() + resync.at("blocks_checked").get<std::uint64_t>()
        << " blocks compared, " << resync.at("blocks_fetched") << " fetched\n";
  }
  out << "log: " << Sized(status.at("log").at("used_bytes")) << " used, " << Sized(status.at("log").at("free_bytes"))
      << " free; " << status.at("clients") << " clients, " << status.at("requests") << " requests under way, "
      << status.at("refused_messages") << " messages refused\n";
  for (const Json& object : status.at("objects")) {
    out << "  " << object.at("kind").get<std::string>() << " " << object.at("name").get<std::string>() << ", "
        << Sized(object.at("size_bytes")) << "\n";
  }
}

}  // namespace tarn::store
