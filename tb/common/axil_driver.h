// Drives one AXI4-Lite port (32-bit data, 16-bit address) of a Verilated design, at most one read and one write at a
// time, and checks the subordinate's side of the protocol.
//
// The port's signals are reached through two callbacks, so that it may be a module's own ports or a slice of a wide
// array. For a design whose ports are named as tarn_axil_reg_port's: PlainAxilPort(dut).
//
//   AxilDriver driver(PlainAxilPort(simulation.dut()));
//   simulation.Add(driver);
//   simulation.Reset();
//   Result<std::uint32_t> value = driver.Read(simulation, 0x10);    // blocking, bounded
//   Status status = driver.Write(simulation, 0x10, 1);
//   driver.StartRead(0x14);                                         // or step by step, beside other work
//   while (simulation.Step() && !driver.read_done()) {}
//   value = driver.TakeRead();
#pragma once

#include <cassert>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "models/common/random.h"
#include "models/common/register_bus.h"
#include "models/common/result.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

// What the manager drives and what it sees.
struct AxilInputs {
  bool awvalid = false;
  std::uint16_t awaddr = 0;
  bool wvalid = false;
  std::uint32_t wdata = 0;
  std::uint8_t wstrb = 0;
  bool bready = false;
  bool arvalid = false;
  std::uint16_t araddr = 0;
  bool rready = false;
};

struct AxilOutputs {
  bool awready = false;
  bool wready = false;
  bool bvalid = false;
  std::uint8_t bresp = 0;
  bool arready = false;
  bool rvalid = false;
  std::uint32_t rdata = 0;
  std::uint8_t rresp = 0;
  friend bool operator==(const AxilOutputs&, const AxilOutputs&) = default;
};

struct AxilPort {
  std::function<void(const AxilInputs&)> drive;
  std::function<AxilOutputs()> sample;
};

template <typename Dut>
AxilPort PlainAxilPort(Dut& dut) {
  return {.drive =
              [&dut](const AxilInputs& in) {
                dut.awvalid_i = in.awvalid;
                dut.awaddr_i = in.awaddr;
                dut.wvalid_i = in.wvalid;
                dut.wdata_i = in.wdata;
                dut.wstrb_i = in.wstrb;
                dut.bready_i = in.bready;
                dut.arvalid_i = in.arvalid;
                dut.araddr_i = in.araddr;
                dut.rready_i = in.rready;
              },
          .sample = [&dut]() -> AxilOutputs {
            return {.awready = dut.awready_o != 0,
                    .wready = dut.wready_o != 0,
                    .bvalid = dut.bvalid_o != 0,
                    .bresp = dut.bresp_o,
                    .arready = dut.arready_o != 0,
                    .rvalid = dut.rvalid_o != 0,
                    .rdata = dut.rdata_o,
                    .rresp = dut.rresp_o};
          }};
}

class AxilDriver : public Component {
 public:
  // Bound of the blocking calls: the register bus answers within tarn_reg_pkg::RspCyclesMax (1028) cycles, and a
  // read may stand behind one write.
  static constexpr std::uint64_t kCyclesMax = 4000;

  // pause_percent: chance per cycle and channel that a valid is not raised yet, or a ready is low.
  explicit AxilDriver(AxilPort port, std::uint64_t seed = 1, unsigned pause_percent = 0)
      : port_(std::move(port)), random_(seed), pause_percent_(pause_percent) {
    port_.drive(in_);
  }

  void set_pause_percent(unsigned percent) { pause_percent_ = percent; }

  // Step by step. REQUIRES: the former access of that direction was taken.
  void StartRead(std::uint32_t addr) {
    assert(!read_);
    read_ = ReadAccess{.addr = addr};
  }
  void StartWrite(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe = 0xF) {
    assert(!write_);
    write_ = WriteAccess{.addr = addr, .data = data, .strobe = strobe};
  }
  bool read_done() const { return read_ && read_->resp; }
  bool write_done() const { return write_ && write_->resp; }
  // REQUIRES: read_done(), write_done(). SLVERR and DECERR are errors.
  Result<std::uint32_t> TakeRead() {
    assert(read_done());
    const ReadAccess access = *std::exchange(read_, std::nullopt);
    if (const Status status = FromResp("read of", access.addr, *access.resp); !status.ok()) return status;
    return access.data;
  }
  Status TakeWrite() {
    assert(write_done());
    const WriteAccess access = *std::exchange(write_, std::nullopt);
    return FromResp("write to", access.addr, *access.resp);
  }
  // The first breach of the protocol by the design; ok if there was none.
  const Status& protocol() const { return protocol_; }

  // Blocking: steps the simulation until the answer, at most kCyclesMax cycles.
  template <typename Dut>
  Result<std::uint32_t> Read(Simulation<Dut>& simulation, std::uint32_t addr) {
    StartRead(addr);
    if (const Status status = Wait(simulation, [this] { return read_done(); }, "read of", addr); !status.ok()) {
      read_.reset();
      return status;
    }
    return TakeRead();
  }
  template <typename Dut>
  Status Write(Simulation<Dut>& simulation, std::uint32_t addr, std::uint32_t data, std::uint8_t strobe = 0xF) {
    StartWrite(addr, data, strobe);
    if (Status status = Wait(simulation, [this] { return write_done(); }, "write to", addr); !status.ok()) {
      write_.reset();
      return status;
    }
    return TakeWrite();
  }

  void Drive(std::uint64_t) override {
    in_.awvalid = write_ && !write_->addr_taken && (in_.awvalid || Go());
    in_.wvalid = write_ && !write_->data_taken && (in_.wvalid || Go());
    in_.arvalid = read_ && !read_->addr_taken && (in_.arvalid || Go());
    in_.bready = Go();
    in_.rready = Go();
    if (write_) {
      in_.awaddr = static_cast<std::uint16_t>(write_->addr);
      in_.wdata = write_->data;
      in_.wstrb = write_->strobe;
    }
    if (read_) in_.araddr = static_cast<std::uint16_t>(read_->addr);
    port_.drive(in_);
  }

  void Sample(std::uint64_t cycle) override {
    const AxilOutputs out = port_.sample();
    CheckProtocol(out, cycle);
    if (in_.awvalid && out.awready) write_->addr_taken = true;
    if (in_.wvalid && out.wready) write_->data_taken = true;
    if (in_.arvalid && out.arready) read_->addr_taken = true;
    if (write_ && out.bvalid && in_.bready) write_->resp = out.bresp;
    if (read_ && out.rvalid && in_.rready) {
      read_->resp = out.rresp;
      read_->data = out.rdata;
    }
    last_ = out;
    last_in_ = in_;
  }

 private:
  struct ReadAccess {
    std::uint32_t addr = 0;
    bool addr_taken = false;
    std::uint32_t data = 0;
    std::optional<std::uint8_t> resp = std::nullopt;
  };
  struct WriteAccess {
    std::uint32_t addr = 0;
    std::uint32_t data = 0;
    std::uint8_t strobe = 0;
    bool addr_taken = false;
    bool data_taken = false;
    std::optional<std::uint8_t> resp = std::nullopt;
  };

  bool Go() { return pause_percent_ == 0 || !random_.Percent(pause_percent_); }

  void CheckProtocol(const AxilOutputs& out, std::uint64_t cycle) {
    const bool write_open = write_ && write_->addr_taken && write_->data_taken && !write_->resp;
    const bool read_open = read_ && read_->addr_taken && !read_->resp;
    if (out.bvalid && !write_open) Breach("BVALID without a write that was taken", cycle);
    if (out.rvalid && !read_open) Breach("RVALID without a read that was taken", cycle);
    if (last_.bvalid && !last_in_.bready && (!out.bvalid || out.bresp != last_.bresp)) {
      Breach("B did not hold until BREADY", cycle);
    }
    if (last_.rvalid && !last_in_.rready && (!out.rvalid || out.rresp != last_.rresp || out.rdata != last_.rdata)) {
      Breach("R did not hold until RREADY", cycle);
    }
  }

  void Breach(const std::string& what, std::uint64_t cycle) {
    if (protocol_.ok()) protocol_ = Status::Error("AXI4-Lite, cycle " + std::to_string(cycle) + ": " + what);
  }

  template <typename Dut>
  Status Wait(Simulation<Dut>& simulation, const std::function<bool()>& done, const char* what, std::uint32_t addr) {
    for (std::uint64_t i = 0; i < kCyclesMax && !done(); ++i) {
      if (!simulation.Step()) return Status::Error(Name(what, addr) + ": the simulation failed");
      if (!protocol_.ok()) return Status::Error(Name(what, addr) + ": " + protocol_.message());
    }
    if (done()) return Status();
    return Status::Error(Name(what, addr) + ": no answer within " + std::to_string(kCyclesMax) + " cycles");
  }

  static Status FromResp(const char* what, std::uint32_t addr, std::uint8_t resp) {
    if (resp == 0) return Status();
    return Status::Error(Name(what, addr) + " was answered with " +
                         (resp == 2   ? "SLVERR"
                          : resp == 3 ? "DECERR"
                                      : "EXOKAY, which AXI4-Lite does not have"));
  }

  static std::string Name(const char* what, std::uint32_t addr) {
    char text[48];
    std::snprintf(text, sizeof text, "%s register 0x%04x", what, static_cast<unsigned>(addr));
    return text;
  }

  AxilPort port_;
  Random random_;
  unsigned pause_percent_;
  AxilInputs in_;
  AxilInputs last_in_;
  AxilOutputs last_;
  std::optional<ReadAccess> read_;
  std::optional<WriteAccess> write_;
  Status protocol_;
};

// A RegisterBus through an AXI4-Lite port, for the generic register test and for drivers. Addresses are relative to
// `base`. An access without an answer reads as an error as well; failure() then says why.
template <typename Dut>
class AxilRegisterBus : public RegisterBus {
 public:
  AxilRegisterBus(AxilDriver& driver, Simulation<Dut>& simulation, std::uint32_t base = 0)
      : driver_(driver), simulation_(simulation), base_(base) {}

  RegisterResponse Read(std::uint32_t addr) override {
    const Result<std::uint32_t> result = driver_.Read(simulation_, base_ + addr);
    if (!result.ok()) return {0, Note(result.status())};
    return {result.value(), false};
  }
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override {
    const Status status = driver_.Write(simulation_, base_ + addr, data, strobe);
    return {0, !status.ok() && Note(status)};
  }
  using RegisterBus::Write;

  // The last access that ended in an error.
  const std::string& failure() const { return failure_; }

 private:
  bool Note(const Status& status) {
    failure_ = status.message();
    return true;
  }
  AxilDriver& driver_;
  Simulation<Dut>& simulation_;
  std::uint32_t base_;
  std::string failure_;
};

}  // namespace tarn::tb
