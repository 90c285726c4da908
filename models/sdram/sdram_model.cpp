#include "models/sdram/sdram_model.h"

#include <algorithm>

namespace tarn::sdram {

namespace {

// {ras_n, cas_n, we_n}
constexpr unsigned kModeRegister = 0;
constexpr unsigned kRefresh = 1;
constexpr unsigned kPrecharge = 2;
constexpr unsigned kActivate = 3;
constexpr unsigned kWrite = 4;
constexpr unsigned kRead = 5;
constexpr unsigned kNop = 7;

constexpr std::uint16_t kAllBanks = 1 << 10;
constexpr std::uint16_t kModeCl2Burst1 = 0x020;
constexpr std::uint32_t kPowerUpRefreshes = 2;
constexpr std::uint32_t kLateRefreshes = 8;
constexpr std::uint16_t kColumnMask = 0x1FF;
constexpr std::uint16_t kNothing = 0xDEAD;  // what is read where nobody wrote, or what is masked

// The bits of the bytes that a mask names.
std::uint16_t LanesOf(unsigned dqm) {
  return static_cast<std::uint16_t>(((dqm & 1) != 0 ? 0x00FF : 0) | ((dqm & 2) != 0 ? 0xFF00 : 0));
}

}  // namespace

SdramPins SdramPins::Unpack(std::uint64_t bits) {
  const auto bit = [&](unsigned place) { return (bits >> place & 1) != 0; };
  return {.cke = bit(38),
          .cs_n = bit(37),
          .ras_n = bit(36),
          .cas_n = bit(35),
          .we_n = bit(34),
          .bank = static_cast<std::uint8_t>(bits >> 32 & 3),
          .addr = static_cast<std::uint16_t>(bits >> 19 & 0x1FFF),
          .dqm = static_cast<std::uint8_t>(bits >> 17 & 3),
          .drives = bit(16),
          .dq = static_cast<std::uint16_t>(bits)};
}

void SdramModel::PowerUp() {
  banks_ = {};
  powered_ = clock_;
  precharged_ = false;
  power_up_refreshes_ = 0;
  ready_ = false;
  mode_set_ = kNever;
  refreshed_ = kNever;
}

std::optional<std::uint16_t> SdramModel::Clock(const SdramPins& pins) {
  if (pins.drives && showing_) Report("dq: both drive");
  data_.reset();
  if (pins.cke && !pins.cs_n) Command(pins);
  if (ready_ && refreshed_ != kNever) {
    const std::uint64_t late = (clock_ - refreshed_) * 1'000'000 / clock_khz_;
    if (late > std::uint64_t{times_.refresh_ns} * (kLateRefreshes + 1)) {
      Report("refresh: none for longer than allowed");
      refreshed_ = clock_;  // once
    }
  }
  ++clock_;
  showing_ = data_;
  return showing_;
}

void SdramModel::Command(const SdramPins& pins) {
  const unsigned command = (pins.ras_n ? 4u : 0u) | (pins.cas_n ? 2u : 0u) | (pins.we_n ? 1u : 0u);
  if (command == kNop) return;
  if (!ready_) CheckPowerUp(pins, command);
  if (mode_set_ != kNever && clock_ - mode_set_ < times_.mrd_clocks) Report("tMRD");
  Demand(refreshed_, times_.rfc_ns, "tRFC");
  switch (command) {
    case kActivate:
      return Activate(banks_[pins.bank], pins.addr);
    case kRead:
      return Column(pins, false);
    case kWrite:
      return Column(pins, true);
    case kPrecharge:
      return Precharge(pins);
    case kRefresh:
      return Refresh();
    case kModeRegister:
      return SetMode(pins);
    default:
      Report("a command that is not used here");
  }
}

void SdramModel::CheckPowerUp(const SdramPins& pins, unsigned command) {
  if ((clock_ - powered_) * 1000 / clock_khz_ < times_.power_up_us) Report("power-up: a command too early");
  if (command == kPrecharge) {
    precharged_ = (pins.addr & kAllBanks) != 0;
  } else if (!precharged_) {
    Report("power-up: precharge of all banks comes first");
  }
}

void SdramModel::Demand(std::uint64_t since, std::uint64_t ns, const char* rule) {
  if (since != kNever && (clock_ - since) * 1'000'000 < ns * clock_khz_) Report(rule);
}

void SdramModel::Activate(Bank& bank, std::uint16_t row) {
  if (!ready_) Report("power-up: not complete");
  if (bank.row) Report("activate: the bank's row is open");
  Demand(bank.precharged, times_.rp_ns, "tRP");
  Demand(bank.activated, times_.rc_ns, "tRC");
  bank.row = row;
  bank.activated = clock_;
  bank.written = kNever;
}

void SdramModel::Column(const SdramPins& pins, bool write) {
  Bank& bank = banks_[pins.bank];
  if (!bank.row) return Report("read or write: no row is open");
  Demand(bank.activated, times_.rcd_ns, "tRCD");
  const std::uint32_t place =
      std::uint32_t{pins.bank} << 22 | std::uint32_t{*bank.row} << 9 | (pins.addr & kColumnMask);
  if (!write) {
    ++reads_;
    const auto found = content_.find(place);
    const std::uint16_t word = found == content_.end() ? kNothing : found->second;
    // With CAS latency 2 the mask of the data, two clocks before it, is that beside the command.
    const std::uint16_t masked = LanesOf(pins.dqm);
    data_ = static_cast<std::uint16_t>((word & ~masked) | (kNothing & masked));
    return;
  }
  ++writes_;
  if (!pins.drives) Report("write: nobody drives dq");
  std::uint16_t& word = content_.try_emplace(place, kNothing).first->second;
  const std::uint16_t kept = LanesOf(pins.dqm);
  word = static_cast<std::uint16_t>((word & kept) | (pins.dq & ~kept));
  bank.written = clock_;
}

void SdramModel::Precharge(const SdramPins& pins) {
  const bool all = (pins.addr & kAllBanks) != 0;
  for (std::uint32_t i = 0; i < kBanks; ++i) {
    if (!all && i != pins.bank) continue;
    Bank& bank = banks_[i];
    if (bank.row) {
      Demand(bank.activated, times_.ras_ns, "tRAS");
      Demand(bank.written, times_.wr_ns, "tWR");
    }
    bank.row.reset();
    bank.precharged = clock_;
  }
}

void SdramModel::Refresh() {
  ++refreshes_;
  ++power_up_refreshes_;
  for (const Bank& bank : banks_) {
    if (bank.row) Report("refresh: a row is open");
    Demand(bank.precharged, times_.rp_ns, "tRP");
  }
  refreshed_ = clock_;
}

void SdramModel::SetMode(const SdramPins& pins) {
  for (const Bank& bank : banks_) {
    if (bank.row) Report("mode register: a row is open");
  }
  if (power_up_refreshes_ < kPowerUpRefreshes) Report("power-up: too few refreshes");
  if (pins.addr != kModeCl2Burst1 || pins.bank != 0) Report("mode register: not CAS latency 2, bursts of one");
  mode_set_ = clock_;
  ready_ = true;
}

}  // namespace tarn::sdram
