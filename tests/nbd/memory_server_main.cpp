// Serves exports in memory over NBD, for tests with real clients and for measurements:
//   nbd_memory_server ADDRESS [size=BYTES] [tls=off|offered|required] [certificates=FOLDER] [verify=1]
// Exports: "" and "disk" (the same one), "read-only" (begins with 64 KiB of 0x5a), "blocks" (minimum 4096), "bad" (a
// bad place from 1 MiB on, 4 KiB long). Prints "ready PORT" when it listens; SIGTERM ends it.
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "sw/nbd/server.h"
#include "tests/nbd/memory_export.h"

namespace tarn::nbd {
namespace {

volatile std::sig_atomic_t ended = 0;

struct Settings {
  std::string address;
  std::map<std::string, std::string> others = {
      {"size", "67108864"}, {"tls", "off"}, {"certificates", ""}, {"verify", "0"}};
};

void FillDirectory(Directory& directory, std::uint64_t size_bytes) {
  const auto disk = std::make_shared<MemoryExport>(
      ExportInfo{.size_bytes = size_bytes, .description = "a disk in memory", .fast_zero = true});
  directory.Add("", disk);
  directory.Add("disk", disk);
  const auto read_only = std::make_shared<MemoryExport>(ExportInfo{.size_bytes = 1 << 20, .read_only = true});
  read_only->Submit({.command = Command::kWrite, .length = 65536, .data = Bytes(65536, 0x5a)},
                    [](const Completion&) {});
  directory.Add("read-only", read_only);
  directory.Add("blocks",
                std::make_shared<MemoryExport>(ExportInfo{.size_bytes = 1 << 20, .block_sizes = {.minimum = 4096}}));
  const auto bad = std::make_shared<MemoryExport>(ExportInfo{.size_bytes = 4 << 20});
  bad->SetBad(1 << 20, (1 << 20) + 4096);
  directory.Add("bad", bad);
}

Result<Connection::Options> TlsOptions(Settings& settings) {
  Connection::Options options;
  const std::string& mode = settings.others["tls"];
  if (mode == "off") return options;
  options.tls = mode == "required" ? TlsMode::kRequired : TlsMode::kOffered;
  auto context = net::TlsContext::Open("certificates", settings.others["certificates"], net::TlsContext::Side::kServer,
                                       settings.others["verify"] == "1");
  if (!context.ok()) return context.status();
  options.tls_context = *context;
  return options;
}

Status Serve(Settings& settings) {
  const Result<net::Address> address = net::ParseAddress("ADDRESS", settings.address);
  if (!address.ok()) return address.status();
  const Result<Connection::Options> connection = TlsOptions(settings);
  if (!connection.ok()) return connection.status();
  Result<std::unique_ptr<net::EventLoop>> loop = net::EventLoop::Create();
  if (!loop.ok()) return loop.status();
  Directory directory;
  FillDirectory(directory, std::strtoull(settings.others["size"].c_str(), nullptr, 10));
  Server::Options options = {.listen = {*address}, .connection = *connection};
  options.log = [](const std::string& line) { std::cerr << line << std::endl; };
  const Result<std::unique_ptr<Server>> server = Server::Create(**loop, directory, options);
  if (!server.ok()) return server.status();
  std::cout << "ready " << (*server)->port() << std::endl;
  (*loop)->Run([] { return ended != 0; });
  (*server)->ShutDown();
  (*loop)->Run([&] { return (*server)->idle(); });
  return {};
}

}  // namespace
}  // namespace tarn::nbd

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::signal(SIGTERM, [](int) { tarn::nbd::ended = 1; });
  tarn::nbd::Settings settings = {.address = argv[1]};
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t sign = word.find('=');
    if (sign == std::string::npos || !settings.others.contains(word.substr(0, sign))) {
      std::cerr << "nbd_memory_server: unknown setting '" << word << "'\n";
      return 2;
    }
    settings.others[word.substr(0, sign)] = word.substr(sign + 1);
  }
  const tarn::Status status = tarn::nbd::Serve(settings);
  if (!status.ok()) std::cerr << "nbd_memory_server: " << status.message() << "\n";
  return status.ok() ? 0 : 2;
}
