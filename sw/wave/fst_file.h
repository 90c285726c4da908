// Writes FST, through the library that comes with Verilator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// A golden model writes its waves with this too: the same names and scopes as the RTL's probes, then time and values.
class FstFile {
 public:
  // The library knows no errors: see IsWholeFst.
  FstFile(const std::string& path, int time_exponent);
  FstFile(const FstFile&) = delete;
  FstFile& operator=(const FstFile&) = delete;
  ~FstFile();

  // A signal by its path, scopes and name (signal_name.h). Signals of one scope are best declared one after the other.
  // names: of its values, or none. Answers the handle. REQUIRES: no time was given yet.
  Handle Declare(const std::string& path, std::uint32_t bits, const EnumNames* names = nullptr);
  // A signal whose 64 bits are those of a double.
  Handle DeclareReal(const std::string& path);
  // Another name of the signal.
  void DeclareAlias(const std::string& path, Handle of);
  // REQUIRES: not before the time given last.
  void Time(std::uint64_t time);
  // value: as ChangeSink has it, as many characters as the signal has bits.
  void Set(Handle handle, const char* value);

 private:
  struct Declared {
    std::uint32_t bits = 0;
    bool real = false;
  };

  std::string EnterScope(const std::string& path);
  Handle Create(const std::string& name, const Declared& what, Handle alias_of);

  void* context_;
  std::vector<std::string> scope_;
  std::vector<Declared> signals_{{}};  // by handle
  std::uint64_t unflushed_bytes_ = 0;
  std::uint64_t time_ = 0;
  bool started_ = false;
};

}  // namespace tarn::wave
