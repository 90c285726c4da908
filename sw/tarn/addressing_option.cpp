#include "sw/tarn/addressing_option.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>

#include "sw/tarn/command_line.h"

namespace tarn::tool {

namespace {

using replay::Addressing;
using replay::StageChoice;

Status NotAForm(const std::string& how) {
  return Status::Error("--translate: '" + how + "' is not " + kAddressingForm);
}

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Result<std::uint64_t> ParsePageSize(const std::string& text) {
  const Result<std::uint64_t> bytes = ParseSize("--translate", text);
  if (bytes.ok() && std::ranges::find(drivers::kPageSizes, *bytes) != std::end(drivers::kPageSizes)) return *bytes;
  return Status::Error("--translate: '" + text + "' is no size of pages; 4KiB, 64KiB, 2MiB and 1GiB are");
}

// MODE or MODE:SIZE, into the stage that the mode is of.
Status TakeStage(const std::string& text, Addressing& addressing) {
  const auto colon = text.find(':');
  const std::string name = LowerCase(text.substr(0, colon));
  StageChoice choice;
  bool second_stage = false;
  if (name != "auto") {
    const auto mode = std::ranges::find_if(
        drivers::kPagingModes, [&](const drivers::PagingMode& known) { return LowerCase(known.name()) == name; });
    if (mode == std::end(drivers::kPagingModes)) return NotAForm(text);
    choice.mode = *mode;
    second_stage = mode->second_stage;
  }
  if (colon != std::string::npos) {
    const Result<std::uint64_t> page_bytes = ParsePageSize(text.substr(colon + 1));
    if (!page_bytes.ok()) return page_bytes.status();
    choice.page_bytes_max = *page_bytes;
  }
  std::optional<StageChoice>& stage = second_stage ? addressing.second : addressing.first;
  if (stage || (!second_stage && addressing.second)) return NotAForm(text);
  stage = choice;
  return {};
}

}  // namespace

Result<std::pair<std::uint32_t, Addressing>> ParseAddressing(const std::string& word, std::uint32_t hosts_max) {
  const auto sign = word.find('=');
  const Result<std::uint64_t> host = ParseCount("--translate", word.substr(0, sign), 0, hosts_max - 1);
  if (!host.ok()) return host.status();
  const std::string how = sign == std::string::npos ? "auto" : word.substr(sign + 1);
  Addressing addressing;
  std::size_t begin = how == "bare" ? std::string::npos : 0;
  while (begin != std::string::npos) {
    const std::size_t plus = how.find('+', begin);
    if (Status status = TakeStage(how.substr(begin, plus - begin), addressing); !status.ok()) return status;
    begin = plus == std::string::npos ? plus : plus + 1;
  }
  return std::pair{static_cast<std::uint32_t>(*host), addressing};
}

}  // namespace tarn::tool
