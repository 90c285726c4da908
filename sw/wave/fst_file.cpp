#include "sw/wave/fst_file.h"

#include <gtkwave/fstapi.h>

#include <bit>
#include <cassert>

#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {
// The library keeps changes until it is told to write them, or has 128 MB.
constexpr std::uint64_t kUnflushedBytesMax = 32 << 20;
constexpr std::uint32_t kDoubleBits = 64;
}  // namespace

FstFile::FstFile(const std::string& path, int time_exponent) : context_(fstWriterCreate(path.c_str(), 1)) {
  fstWriterSetPackType(context_, FST_WR_PT_LZ4);
  fstWriterSetTimescale(context_, time_exponent);
}

FstFile::~FstFile() { fstWriterClose(context_); }

// Leaves and enters scopes until it is that of the path; answers the path's last word.
std::string FstFile::EnterScope(const std::string& path) {
  std::vector<std::string> words = PathWords(path);
  const std::string name = words.back();
  words.pop_back();
  std::size_t common = 0;
  while (common < words.size() && common < scope_.size() && words[common] == scope_[common]) ++common;
  for (std::size_t i = common; i < scope_.size(); ++i) fstWriterSetUpscope(context_);
  for (std::size_t i = common; i < words.size(); ++i) {
    fstWriterSetScope(context_, FST_ST_VCD_MODULE, words[i].c_str(), nullptr);
  }
  scope_ = std::move(words);
  return name;
}

namespace {

std::string WithRange(const std::string& name, std::uint32_t bits) {
  return bits == 1 ? name : name + " [" + std::to_string(bits - 1) + ":0]";
}

}  // namespace

Handle FstFile::Declare(const std::string& path, std::uint32_t bits, const EnumNames* names) {
  assert(!started_);
  const std::string name = EnterScope(path);
  if (names != nullptr) {
    std::vector<const char*> literals;
    std::vector<const char*> values;
    for (const auto& [value, literal] : *names) {
      values.push_back(value.c_str());
      literals.push_back(literal.c_str());
    }
    const auto count = static_cast<std::uint32_t>(names->size());
    fstWriterEmitEnumTableRef(
        context_, fstWriterCreateEnumTable(context_, name.c_str(), count, bits, literals.data(), values.data()));
  }
  return Create(name, {.bits = bits}, 0);
}

Handle FstFile::DeclareReal(const std::string& path) {
  return Create(EnterScope(path), {.bits = kDoubleBits, .real = true}, 0);
}

void FstFile::DeclareAlias(const std::string& path, Handle of) { Create(EnterScope(path), signals_[of], of); }

// alias_of: 0 for a signal of its own.
Handle FstFile::Create(const std::string& name, const Declared& what, Handle alias_of) {
  const std::string ranged = what.real ? name : WithRange(name, what.bits);
  const Handle handle = fstWriterCreateVar(context_, what.real ? FST_VT_VCD_REAL : FST_VT_SV_LOGIC, FST_VD_IMPLICIT,
                                           what.real ? sizeof(double) : what.bits, ranged.c_str(), alias_of);
  if (alias_of == 0) signals_.push_back(what);
  assert(signals_.size() == handle + 1 || alias_of != 0);
  return handle;
}

void FstFile::Time(std::uint64_t time) {
  assert(time >= time_);
  if (unflushed_bytes_ >= kUnflushedBytesMax) {
    fstWriterFlushContext(context_);
    unflushed_bytes_ = 0;
  }
  if (started_ && time == time_) return;
  fstWriterEmitTimeChange(context_, time);
  time_ = time;
  started_ = true;
}

void FstFile::Set(Handle handle, const char* value) {
  assert(started_);
  const Declared& signal = signals_[handle];
  if (signal.real) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kDoubleBits; ++i) word = word << 1 | (value[i] == '1' ? 1 : 0);
    const auto number = std::bit_cast<double>(word);
    fstWriterEmitValueChange(context_, handle, &number);
  } else {
    fstWriterEmitValueChange(context_, handle, value);
  }
  unflushed_bytes_ += signal.bits;
}

}  // namespace tarn::wave
