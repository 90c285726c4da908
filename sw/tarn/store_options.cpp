#include "sw/tarn/store_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include "models/common/text.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr const char* kStoreUsage =
    "usage: tarn store serve [OPTIONS]                       a member of a replicated dataset\n"
    "       tarn store mediator [OPTIONS]                    the mediator, on a machine that has no member\n"
    "       tarn store status --folder FOLDER [--json]\n"
    "       tarn store create VOLUME --size SIZE --folder FOLDER\n"
    "       tarn store snapshot VOLUME SNAPSHOT --folder FOLDER\n"
    "       tarn store clone SNAPSHOT VOLUME --folder FOLDER\n"
    "       tarn store grow VOLUME --size SIZE --folder FOLDER\n"
    "       tarn store delete VOLUME-OR-SNAPSHOT --folder FOLDER\n"
    "       tarn store add-member|remove-member NUMBER --folder FOLDER\n"
    "       tarn store verify|scrub|take-over --folder FOLDER\n\n"
    "Volumes that two or more machines hold, served over NBD by each of them. docs/store.md tells the rest.\n\n";

constexpr std::uint64_t kMillisecondsMax = 3'600'000;
constexpr std::uint64_t kMemoryBlocksMin = 256;  // what a verification compares at once

// What the words after `tarn store` may be.
struct Verb {
  const char* word;
  StoreOptions::Action action;
  std::string_view operands;  // as the usage names them
  bool has_size = false;

  auto operand_count() const { return std::ranges::count(operands, ' ') + (operands.empty() ? 0 : 1); }
};
using Action = StoreOptions::Action;
constexpr std::array kVerbs = {
    Verb{"serve", Action::kServe, ""},
    Verb{"mediator", Action::kMediator, ""},
    Verb{"status", Action::kStatus, ""},
    Verb{"create", Action::kControl, "VOLUME", /*has_size=*/true},
    Verb{"snapshot", Action::kControl, "VOLUME NAME"},
    Verb{"clone", Action::kControl, "SNAPSHOT NAME"},
    Verb{"grow", Action::kControl, "VOLUME", /*has_size=*/true},
    Verb{"delete", Action::kControl, "NAME"},
    Verb{"add-member", Action::kControl, "N"},
    Verb{"remove-member", Action::kControl, "N"},
    Verb{"verify", Action::kControl, ""},
    Verb{"scrub", Action::kControl, ""},
    Verb{"take-over", Action::kControl, ""},
};

po::options_description StoreOptionsDescription() {
  po::options_description options("options (of serve and mediator also in the INI file that --config names)");
  auto add = options.add_options();
  add("help,h", "this text");
  add("config", po::value<std::string>(), "INI file of options; the command line wins");
  add("folder", po::value<std::string>(), "where a member or mediator keeps what it holds");
  add("listen", po::value<Words>()->composing(),
      "serve: address of the NBD server, unix:PATH or HOST:PORT; may be repeated (127.0.0.1:10809). mediator: its own "
      "(127.0.0.1:10807)");
  add("certificates", po::value<std::string>(),
      "folder of certificates (ca-cert.pem, server-cert.pem, …) for links to members and mediator; without it all "
      "their "
      "addresses must be on this machine");
  add("dataset", po::value<std::string>(),
      "serve: the dataset's number, 32 hexadecimal digits, the same at all members");
  add("member", po::value<Words>()->composing(),
      "serve: NUMBER,NAME,ADDRESS of a member, NAME as in its certificate; once for each");
  add("self", po::value<std::string>(), "serve: which of them this one is");
  add("mediator", po::value<std::string>(),
      "serve: the mediator's address, or etcd:HOST:PORT[,HOST:PORT…] of an etcd cluster; its certificate names "
      "'mediator'");
  add("create", po::bool_switch(), "serve: make a new dataset; once, on one member");
  add("log-size", po::value<std::string>()->default_value("1G"), "serve: bytes of disk for the log");
  add("memory", po::value<std::string>()->default_value("256M"), "serve: bytes of memory for content");
  add("node", po::value<std::string>(),
      "serve: content lies in the pool of a node, through its IOMMU: model, tlm, rtl or board; else in the process's "
      "own "
      "memory");
  add("tty", po::value<std::string>(), "serve --node board: the serial line that leads to it");
  add("block-size", po::value<std::string>()->default_value("4096"), "serve: bytes, the same at all members");
  add("compress", po::bool_switch(), "serve: compress content in the log");
  add("lease-ms", po::value<std::string>()->default_value("1000"),
      "serve: how long a member may rely on having been heard; the others go on so long after they lost it");
  add("nbd-tls", po::value<std::string>()->default_value("off"), "serve: off, offered or required");
  add("nbd-certificates", po::value<std::string>(), "serve: folder of certificates for NBD clients");
  add("nbd-verify-clients", po::bool_switch(), "serve: NBD clients need a certificate, too");
  add("size", po::value<std::string>(), "create, grow: of the volume, such as 10G");
  add("json", po::bool_switch(), "print as JSON");
  return options;
}

std::string TextOption(const ParsedWords& map, const char* name) {
  return map.count(name) == 0 ? std::string() : map[name].as<std::string>();
}

Status Missing(const std::string& verb, const char* name) {
  return Status::Error("--" + std::string(name) + ": " + verb + " wants it; see --help");
}

Result<std::uint64_t> TakeSize(const ParsedWords& map, const char* name) {
  return ParseSize(std::string("--") + name, TextOption(map, name));
}

// NUMBER,NAME,ADDRESS
Result<store::Peer> ParseMember(const std::string& text) {
  const std::size_t first = text.find(',');
  const std::size_t second = first == std::string::npos ? first : text.find(',', first + 1);
  if (second == std::string::npos || second == first + 1) {
    return Status::Error("--member: '" + text + "' is not NUMBER,NAME,ADDRESS such as 1,one,127.0.0.1:10801");
  }
  const auto number = ParseCount("--member", text.substr(0, first), 1, dataset::kMembersMax);
  if (!number.ok()) return number.status();
  const auto address = net::ParseAddress("--member", text.substr(second + 1));
  if (!address.ok()) return address.status();
  if (!address->is_unix() && address->port == 0) {
    return Status::Error("--member: '" + text + "' has port 0, where nobody would find it");
  }
  return store::Peer{.member = static_cast<dataset::MemberId>(*number),
                     .name = text.substr(first + 1, second - first - 1),
                     .address = *address};
}

Status TakeMembers(const ParsedWords& map, store::MemberHost::Options& host) {
  if (map.count("member") == 0) return Missing("serve", "member");
  for (const std::string& text : map["member"].as<Words>()) {
    Result<store::Peer> peer = ParseMember(text);
    if (!peer.ok()) return peer.status();
    for (const store::Peer& other : host.members) {
      if (other.member == peer->member || other.name == peer->name) {
        return Status::Error("--member: number or name of '" + text + "' is given twice");
      }
      if (other.address.Text() == peer->address.Text()) {
        return Status::Error("--member: the address of '" + text + "' is given twice");
      }
    }
    host.member.initial_members = host.member.initial_members.With(peer->member);
    host.members.push_back(std::move(*peer));
  }
  if (map.count("self") == 0) return Missing("serve", "self");
  const auto self = ParseCount("--self", TextOption(map, "self"), 1, dataset::kMembersMax);
  if (!self.ok()) return self.status();
  host.member.self = static_cast<dataset::MemberId>(*self);
  if (host.member.initial_members.contains(host.member.self)) return {};
  return Status::Error("--self: no --member has the number " + std::to_string(*self));
}

Status TakeDataset(const ParsedWords& map, dataset::DatasetId& id) {
  const std::string text = TextOption(map, "dataset");
  if (text.empty()) return Missing("serve", "dataset");
  const char* const middle = text.data() + 16;
  const bool right_size = text.size() == 32;
  if (right_size) {
    const auto high = std::from_chars(text.data(), middle, id.high, 16);
    const auto low = std::from_chars(middle, middle + 16, id.low, 16);
    if (high.ptr == middle && low.ptr == middle + 16) return {};
  }
  return Status::Error("--dataset: '" + text + "' is not 32 hexadecimal digits (openssl rand -hex 16 makes some)");
}

Status TakeSizes(const ParsedWords& map, store::MemberHost::Options& host) {
  const auto log = TakeSize(map, "log-size");
  if (!log.ok()) return log.status();
  const auto memory = TakeSize(map, "memory");
  if (!memory.ok()) return memory.status();
  const auto block = TakeSize(map, "block-size");
  if (!block.ok()) return block.status();
  if (*block > UINT32_MAX) return Status::Error("--block-size: is at most 64K");
  if (*memory / kMemoryBlocksMin < *block) {
    return Status::Error("--memory: has room for " + std::to_string(kMemoryBlocksMin) + " blocks at least, " +
                         std::to_string(kMemoryBlocksMin * *block) + " bytes");
  }
  host.member.device_bytes = *log;
  host.memory_bytes = *memory;
  host.member.block_bytes = static_cast<std::uint32_t>(*block);
  host.member.compress = map["compress"].as<bool>();
  const auto lease = ParseCount("--lease-ms", TextOption(map, "lease-ms"), 30, kMillisecondsMax);
  if (!lease.ok()) return lease.status();
  host.member.lease_ns = static_cast<dataset::TimeNs>(*lease) * dataset::kMillisecondNs;
  host.member.heartbeat_ns = host.member.lease_ns / 10;
  return {};
}

Result<store::MediatorPlace> ParseMediator(const std::string& text) {
  static const std::string kEtcd = "etcd:";
  store::MediatorPlace place;
  if (!text.starts_with(kEtcd)) {
    const auto address = net::ParseAddress("--mediator", text);
    if (!address.ok()) return address.status();
    place.process = *address;
    return place;
  }
  std::istringstream endpoints(text.substr(kEtcd.size()));
  for (std::string endpoint; std::getline(endpoints, endpoint, ',');) {
    const auto address = net::ParseAddress("--mediator", endpoint);
    if (!address.ok()) return address.status();
    if (address->is_unix()) return Status::Error("--mediator: etcd is asked over TCP, not at '" + endpoint + "'");
    place.etcd.push_back(*address);
  }
  if (place.etcd.empty() || text.ends_with(",")) {
    return Status::Error("--mediator: '" + text + "' is not etcd:HOST:PORT[,HOST:PORT…]");
  }
  return place;
}

// Links without certificates tell who someone is by what it says: only where nobody else can reach them.
Status TakeLinkTls(const ParsedWords& map, store::MemberHost::Options& host) {
  const std::string folder = TextOption(map, "certificates");
  if (!folder.empty()) {
    host.certificates = folder;
    auto server = net::TlsContext::Open("--certificates", folder, net::TlsContext::Side::kServer, true);
    if (!server.ok()) return server.status();
    auto client = net::TlsContext::Open("--certificates", folder, net::TlsContext::Side::kClient, true);
    if (!client.ok()) return client.status();
    host.server_tls = *server;
    host.client_tls = *client;
    return {};
  }
  const bool local = std::ranges::all_of(host.members, [](const auto& peer) { return peer.address.IsLocal(); });
  return local && host.mediator.IsLocal() ? Status() : Missing("a dataset on several machines", "certificates");
}

Status TakeListen(const ParsedWords& map, const std::string& otherwise, std::vector<net::Address>& addresses) {
  for (const std::string& text : map.count("listen") == 0 ? Words{otherwise} : map["listen"].as<Words>()) {
    const auto address = net::ParseAddress("--listen", text);
    if (!address.ok()) return address.status();
    addresses.push_back(*address);
  }
  return {};
}

Status TakeNbd(const ParsedWords& map, nbd::Server::Options& nbd) {
  if (Status status = TakeListen(map, "127.0.0.1:10809", nbd.listen); !status.ok()) return status;
  const std::string mode = TextOption(map, "nbd-tls");
  const bool verify = map["nbd-verify-clients"].as<bool>();
  if (mode == "off") {
    if (map.count("nbd-certificates") == 0 && !verify) return {};
    return Status::Error("--nbd-tls: is off, so that certificates have no meaning");
  }
  if (mode != "offered" && mode != "required") {
    return Status::Error("--nbd-tls: '" + mode + "' is none of off, offered, required");
  }
  if (map.count("nbd-certificates") == 0) return Missing("--nbd-tls=" + mode, "nbd-certificates");
  auto context = net::TlsContext::Open("--nbd-certificates", TextOption(map, "nbd-certificates"),
                                       net::TlsContext::Side::kServer, verify);
  if (!context.ok()) return context.status();
  nbd.connection.tls = mode == "required" ? nbd::TlsMode::kRequired : nbd::TlsMode::kOffered;
  nbd.connection.tls_context = *context;
  return {};
}

Status TakeServe(const ParsedWords& map, store::MemberServer::Options& serve) {
  serve.folder = TextOption(map, "folder");
  Status status = TakeMembers(map, serve.host);
  if (status.ok()) status = TakeDataset(map, serve.host.member.dataset);
  if (status.ok()) status = TakeSizes(map, serve.host);
  if (!status.ok()) return status;
  if (map.count("mediator") == 0) return Missing("serve", "mediator");
  const auto mediator = ParseMediator(TextOption(map, "mediator"));
  if (!mediator.ok()) return mediator.status();
  serve.host.mediator = *mediator;
  serve.host.member.create = map["create"].as<bool>();
  status = TakeLinkTls(map, serve.host);
  if (status.ok()) status = TakeNbd(map, serve.nbd);
  if (status.ok()) status = serve.host.member.Check();
  return status;
}

Status TakeNode(const ParsedWords& map, StoreOptions& options) {
  const bool has_tty = map.count("tty") != 0;
  if (map.count("node") != 0) {
    const std::string text = TextOption(map, "node");
    const auto kind = hal::ParsePlatformKind(text);
    if (!kind.ok()) return Status::Error("--node: there is no node '" + text + "'; model, tlm, rtl and board are");
    options.node = *kind;
  }
  const bool is_board = options.node == hal::PlatformKind::kBoard;
  if (is_board && !has_tty) return Missing("--node board", "tty");
  if (!is_board && has_tty) return Status::Error("--tty: has no meaning without --node board");
  options.tty = TextOption(map, "tty");
  return {};
}

Status TakeMediator(const ParsedWords& map, store::MediatorServer::Options& mediator) {
  mediator.folder = TextOption(map, "folder");
  std::vector<net::Address> addresses;
  if (Status status = TakeListen(map, "127.0.0.1:10807", addresses); !status.ok()) return status;
  if (addresses.size() != 1) return Status::Error("--listen: a mediator has one address");
  mediator.listen = addresses[0];
  const std::string folder = TextOption(map, "certificates");
  if (folder.empty()) {
    return mediator.listen.IsLocal() ? Status() : Missing("a mediator that others can reach", "certificates");
  }
  auto context = net::TlsContext::Open("--certificates", folder, net::TlsContext::Side::kServer, true);
  if (!context.ok()) return context.status();
  mediator.tls = *context;
  return {};
}

Status TakeQuestion(const ParsedWords& map, const Verb& verb, const Words& operands, nlohmann::json& question) {
  question = {{"do", verb.word}};
  if (verb.has_size) {
    if (map.count("size") == 0) return Missing(verb.word, "size");
    const auto size = TakeSize(map, "size");
    if (!size.ok()) return size.status();
    question["size_bytes"] = *size;
  }
  if (!std::ranges::all_of(operands, IsUtf8)) return Status::Error(std::string(verb.word) + ": a name is UTF-8");
  const std::string word = verb.word;
  if (word.ends_with("-member")) {
    const auto number = ParseCount(word, operands[0], 1, dataset::kMembersMax);
    if (!number.ok()) return number.status();
    question["member"] = *number;
  } else if (word == "create") {
    question["name"] = operands[0];
  } else if (!operands.empty()) {
    question["object"] = operands[0];
    if (operands.size() == 2) question["name"] = operands[1];
  }
  return {};
}

// Options that the verb does not know would be without effect, which nobody wants who gave them.
Status CheckOptions(const ParsedWords& map, const Verb& verb) {
  static constexpr std::array kEverywhere = {"help", "config", "folder", "json", "words"};
  static constexpr std::array kOfMediator = {"listen", "certificates"};
  const auto is = [](const auto& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (const auto& [name, value] : map) {
    const bool known = value.defaulted() || map.places.contains(name) || is(kEverywhere, name) ||
                       (name == "size" ? verb.has_size : verb.action == Action::kServe) ||
                       (verb.action == Action::kMediator && is(kOfMediator, name));
    if (!known) return Status::Error("--" + name + ": has no meaning for " + verb.word);
  }
  return {};
}

Result<StoreOptions> TakeVerb(const ParsedWords& map, const Verb& verb, const Words& operands) {
  StoreOptions options = {.action = verb.action};
  options.json = map["json"].as<bool>();
  options.folder = TextOption(map, "folder");
  if (Status status = CheckOptions(map, verb); !status.ok()) return status;
  if (options.folder.empty()) return Missing(verb.word, "folder");
  Status status;
  if (verb.action == Action::kServe) status = TakeServe(map, options.serve);
  if (verb.action == Action::kServe && status.ok()) status = TakeNode(map, options);
  if (verb.action == Action::kMediator) status = TakeMediator(map, options.mediator);
  if (verb.action == Action::kControl) status = TakeQuestion(map, verb, operands, options.question);
  if (!status.ok()) return status;
  return options;
}

}  // namespace

std::string StoreHelp() {
  std::ostringstream out;
  out << kStoreUsage << StoreOptionsDescription();
  return out.str();
}

Result<StoreOptions> ParseStoreOptions(const Words& words) {
  po::options_description all;
  all.add(StoreOptionsDescription()).add_options()("words", po::value<Words>());
  po::positional_options_description positional;
  positional.add("words", -1);
  const Result<ParsedWords> map = ParseWords(words, all, positional, "config");
  if (!map.ok()) return map.status();
  if (map->count("help") != 0) return StoreOptions{};
  const Words given = map->count("words") == 0 ? Words() : (*map)["words"].as<Words>();
  const auto verb =
      std::ranges::find_if(kVerbs, [&](const Verb& one) { return !given.empty() && given[0] == one.word; });
  if (verb == kVerbs.end()) return Status::Error("wants serve, mediator, status or another word; see --help");
  if (std::ssize(given) != 1 + verb->operand_count()) {
    const std::string wanted(verb->operands.empty() ? "no further word" : verb->operands);
    return Status::Error(given[0] + ": wants " + wanted + "; see --help");
  }
  Result<StoreOptions> options = TakeVerb(*map, *verb, Words(given.begin() + 1, given.end()));
  return options.ok() ? options : Result<StoreOptions>(Located(map->places, options.status()));
}

}  // namespace tarn::tool
