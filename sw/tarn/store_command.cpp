// tarn store: members of a replicated dataset, their mediator, and what an operator asks of them.
#include <chrono>
#include <iostream>
#include <memory>

#ifdef TARN_MIMALLOC
#include <mimalloc.h>
#endif

#include "models/common/text.h"
#include "sw/store/control.h"
#include "sw/store/node_memory.h"
#include "sw/store/status_report.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/store_options.h"
#include "sw/tarn/trace_report.h"

namespace tarn::tool {

namespace {

constexpr std::chrono::seconds kLeaveMax(5);  // what goes on without the others' answer
constexpr std::chrono::seconds kStatusMax(10);
constexpr std::chrono::seconds kStartMax(3);          // of a member that was started just before
constexpr std::chrono::minutes kControlMax(24 * 60);  // a verification of everything takes its time

// What clients and other members said may be part of a line.
void Log(const std::string& line) { std::cerr << "tarn store: " << OneLine(line) << std::endl; }

// Content lies in a node's pool, where that is asked for.
Status UseNode(StoreOptions& options) {
  if (!options.node) return {};
  auto memory = store::NodeMemory::Make(
      {.kind = *options.node, .platform = {.tty = options.tty}, .bytes = options.serve.host.memory_bytes, .log = Log});
  if (!memory.ok()) return memory.status();
  options.serve.host.memory = std::move(*memory);
  return {};
}

// What is read and written lies all over a member's memory: with pages of 2 MiB its addresses cost a fifth of the time
// less. What is free is likely to be wanted again at once: given back to the system after 25 ms, as is the default, it
// is had again only with zeroes in it, 3,000 pages in six seconds of random writes.
void ConfigureAllocator() {
#ifdef TARN_MIMALLOC
  constexpr long kKeepFreeMilliseconds = 1000;
  mi_option_enable(mi_option_large_os_pages);
  mi_option_set(mi_option_decommit_delay, kKeepFreeMilliseconds);
  mi_option_set(mi_option_segment_decommit_delay, kKeepFreeMilliseconds);
#endif
}

int Serve(StoreOptions& options) {
  ConfigureAllocator();
  const InterruptGuard interrupt;
  if (Status status = UseNode(options); !status.ok()) return BadInput("store serve", status);
  Result<std::unique_ptr<net::EventLoop>> loop = net::EventLoop::Create();
  if (!loop.ok()) return BadInput("store serve", loop.status());
  options.serve.host.log = Log;
  options.serve.nbd.log = Log;
  const auto server = store::MemberServer::Create(**loop, std::move(options.serve));
  if (!server.ok()) return BadInput("store serve", server.status());
  std::cout << "ready " << (*server)->nbd_port() << std::endl;
  (*loop)->Run([&] { return interrupt.Interrupted(); });
  (*server)->ShutDown();
  const auto give_up = net::EventLoop::Clock::now() + kLeaveMax;
  (*loop)->Run([&] { return (*server)->ended() || net::EventLoop::Clock::now() > give_up; });
  return kExitSuccess;
}

int Mediate(StoreOptions& options) {
  const InterruptGuard interrupt;
  Result<std::unique_ptr<net::EventLoop>> loop = net::EventLoop::Create();
  if (!loop.ok()) return BadInput("store mediator", loop.status());
  options.mediator.log = Log;
  const auto server = store::MediatorServer::Create(**loop, std::move(options.mediator));
  if (!server.ok()) return BadInput("store mediator", server.status());
  std::cout << "ready " << (*server)->port() << std::endl;
  (*loop)->Run([&] { return interrupt.Interrupted() || (*server)->failed(); });
  return (*server)->failed() ? kExitFailure : kExitSuccess;
}

int ShowStatus(const StoreOptions& options) {
  const auto status = store::AskControl(store::ControlPath(options.folder), {{"do", "status"}}, kStatusMax);
  if (!status.ok()) return BadInput("store status", status.status());
  if (options.json) {
    std::cout << JsonText(*status) << "\n";
  } else {
    store::PrintStatus(std::cout, *status);
  }
  return kExitSuccess;
}

int Control(const StoreOptions& options) {
  const auto verb = options.question.at("do").get<std::string>();
  const auto answer = store::AskControl(store::ControlPath(options.folder), options.question, kControlMax, kStartMax);
  if (!answer.ok()) return BadInput("store " + verb, answer.status());
  if (options.json) {
    std::cout << JsonText(*answer) << "\n";
  } else if (const auto text = answer->value("text", ""); !text.empty()) {
    std::cout << text << "\n";
  }
  return kExitSuccess;
}

}  // namespace

int StoreCommand(const Words& words) {
  Result<StoreOptions> options = ParseStoreOptions(words);
  if (!options.ok()) return BadInput("store", options.status());
  switch (options->action) {
    case StoreOptions::Action::kHelp:
      std::cout << StoreHelp();
      return kExitSuccess;
    case StoreOptions::Action::kServe:
      return Serve(*options);
    case StoreOptions::Action::kMediator:
      return Mediate(*options);
    case StoreOptions::Action::kStatus:
      return ShowStatus(*options);
    case StoreOptions::Action::kControl:
      return Control(*options);
  }
  return kExitBadInput;
}

}  // namespace tarn::tool
