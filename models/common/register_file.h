// The model of a generated register file: what software sees, with the same access types as the RTL's. Functional:
// no time passes, and what the RTL would do over several cycles has happened when the call returns.
// The model of the block is the hardware: it reads and changes stored fields, gives the values of hwext fields
// (OnRead), and acts on writes (OnWrite). docs/registers.md has the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/common/register_bus.h"
#include "models/common/register_table.h"

namespace tarn {

// One write as the hardware sees it.
struct RegisterWrite {
  std::uint32_t index = 0;    // element of an array
  std::uint64_t value = 0;    // stored fields: as they are now; hwext fields: the value to take; W1P: the ones written
  std::uint64_t written = 0;  // which bits of the register the write reached
};

class RegisterFile : public RegisterBus {
 public:
  using ReadHook = std::function<std::uint64_t(std::uint32_t index)>;
  using WriteHook = std::function<void(const RegisterWrite& write)>;

  // parameters: one value for each of table.parameters. REQUIRES: table outlives this.
  RegisterFile(const RegisterTable& table, std::vector<std::uint64_t> parameters);

  // Software's side. An address outside the window is unmapped.
  RegisterResponse Read(std::uint32_t addr) override;
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override;
  using RegisterBus::Write;

  // The hardware's side. offset is that of a register (kOffset) or of an array's element (Offset(index));
  // anything else is an error of the program.
  void Reset();
  std::uint64_t Stored(std::uint32_t offset) const;
  // Replaces the bits in mask. Access types and legal sets bind software only.
  void SetStored(std::uint32_t offset, std::uint64_t mask, std::uint64_t bits);
  template <typename Field>
  std::uint64_t Get(std::uint32_t offset) const {
    return (Stored(offset) & Field::kMask) >> Field::kShift;
  }
  template <typename Field>
  void Set(std::uint32_t offset, std::uint64_t value) {
    SetStored(offset, Field::kMask, value << Field::kShift);
  }
  // Gives the whole register in place; only its hwext fields are taken. One hook per register, for all elements.
  void OnRead(std::uint32_t offset, ReadHook hook);
  // Called after each write that reaches at least one byte of the register.
  void OnWrite(std::uint32_t offset, WriteHook hook);

  const RegisterTable& table() const { return table_; }
  const std::vector<std::uint64_t>& parameters() const { return parameters_; }

 private:
  struct Entry {
    const RegisterInfo* info;
    std::vector<std::uint64_t> stored;  // per element
    ReadHook read;
    WriteHook write;
  };
  struct Place {
    std::size_t entry;
    std::uint32_t index;
    unsigned shift;  // 0 or 32: which word of the register
  };

  std::optional<Place> Find(std::uint32_t addr) const;
  Place FindElement(std::uint32_t offset) const;
  std::uint64_t Value(const Place& place) const;
  void WriteFields(const Place& place, std::uint64_t data, std::uint64_t mask);
  std::uint64_t Written(const RegisterFieldInfo& field, std::uint64_t old, std::uint64_t data,
                        std::uint64_t mask) const;
  std::uint64_t MakeLegal(const RegisterFieldInfo& field, std::uint64_t wanted, std::uint64_t old) const;
  std::uint64_t Number(const RegisterNumber& number) const;
  bool Present(int when) const { return when == kNoParameter || parameters_[when] != 0; }
  bool Present(const Place& place) const;

  const RegisterTable& table_;
  std::vector<std::uint64_t> parameters_;
  std::vector<Entry> entries_;
  std::vector<std::int32_t> entry_of_word_;  // by addr / 4; -1 where no register is
  struct Snapshot {
    std::uint32_t high_addr;
    std::uint32_t value;
  };
  std::optional<Snapshot> snapshot_;
};

}  // namespace tarn
