// An SDR SDRAM of 16 bits: its content, and whether it is used as its data sheet says. Seen from its pins alone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace tarn::sdram {

// Values of IS42S16160G-7 (4 banks of 8,192 rows of 512 columns), nanoseconds.
struct SdramTimes {
  std::uint32_t power_up_us = 200;
  std::uint32_t rcd_ns = 20;         // activate to read or write
  std::uint32_t rp_ns = 20;          // precharge to activate or refresh
  std::uint32_t ras_ns = 45;         // activate to precharge
  std::uint32_t rc_ns = 65;          // activate to activate
  std::uint32_t rfc_ns = 66;         // refresh to anything else
  std::uint32_t wr_ns = 14;          // last write to precharge
  std::uint32_t mrd_clocks = 2;      // mode register to anything else
  std::uint32_t refresh_ns = 7'812;  // between two refreshes on average; eight may be late
};

// What the controller drives in a clock.
struct SdramPins {
  bool cke = false;
  bool cs_n = true, ras_n = true, cas_n = true, we_n = true;
  std::uint8_t bank = 0;
  std::uint16_t addr = 0;
  std::uint8_t dqm = 0;
  bool drives = false;
  std::uint16_t dq = 0;

  // The bits of tarn_sdram_pkg::sdram_pins_t.
  static SdramPins Unpack(std::uint64_t bits);
};

class SdramModel {
 public:
  using OnViolation = std::function<void(const std::string& rule, std::uint64_t clock)>;

  // clock_khz: of the pins.
  SdramModel(const SdramTimes& times, std::uint32_t clock_khz, OnViolation on_violation)
      : times_(times), clock_khz_(clock_khz), on_violation_(std::move(on_violation)) {}

  // One clock. Returns what the data pins show in the next one, if the SDRAM drives them.
  std::optional<std::uint16_t> Clock(const SdramPins& pins);
  // The clock after a reset of the controller: power-up begins anew, the content is kept.
  void PowerUp();

  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t refreshes() const { return refreshes_; }

 private:
  static constexpr std::uint32_t kBanks = 4;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  struct Bank {
    std::optional<std::uint16_t> row;
    std::uint64_t activated = kNever;
    std::uint64_t precharged = kNever;
    std::uint64_t written = kNever;
  };

  void Command(const SdramPins& pins);
  void Activate(Bank& bank, std::uint16_t row);
  void Column(const SdramPins& pins, bool write);
  void Precharge(const SdramPins& pins);
  void Refresh();
  void SetMode(const SdramPins& pins);
  void CheckPowerUp(const SdramPins& pins, unsigned command);
  // Reports `rule` unless `since` is at least so long ago.
  void Demand(std::uint64_t since, std::uint64_t ns, const char* rule);
  void Report(const std::string& rule) { on_violation_(rule, clock_); }

  SdramTimes times_;
  std::uint32_t clock_khz_;
  OnViolation on_violation_;
  std::array<Bank, kBanks> banks_;
  std::unordered_map<std::uint32_t, std::uint16_t> content_;  // by {bank, row, column}
  std::uint64_t clock_ = 0;
  std::uint64_t powered_ = 0;  // the clock of power-up
  bool precharged_ = false;    // of power-up
  std::uint32_t power_up_refreshes_ = 0;
  bool ready_ = false;
  std::uint64_t mode_set_ = kNever;
  std::uint64_t refreshed_ = kNever;
  std::optional<std::uint16_t> data_;     // of the read in this clock
  std::optional<std::uint16_t> showing_;  // on the pins now
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t refreshes_ = 0;
};

}  // namespace tarn::sdram
