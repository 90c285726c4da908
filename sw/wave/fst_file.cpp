#include "sw/wave/fst_file.h"

#include <gtkwave/fstapi.h>

#include <cassert>
#include <sstream>

namespace tarn::wave {

namespace {
// The library keeps changes until it is told to write them, or has 128 MB.
constexpr std::uint64_t kUnflushedBytesMax = 32 << 20;
}  // namespace

FstFile::FstFile(const std::string& path, int time_exponent) : context_(fstWriterCreate(path.c_str(), 1)) {
  fstWriterSetPackType(context_, FST_WR_PT_LZ4);
  fstWriterSetTimescale(context_, time_exponent);
}

FstFile::~FstFile() { fstWriterClose(context_); }

// Leaves and enters scopes until it is that of the path; answers the path's last word.
std::string FstFile::EnterScope(const std::string& path) {
  std::vector<std::string> words;
  std::istringstream stream(path);
  for (std::string word; std::getline(stream, word, '.');) words.push_back(word);
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
  const std::string ranged = WithRange(name, bits);
  const Handle handle = fstWriterCreateVar(context_, FST_VT_SV_LOGIC, FST_VD_IMPLICIT, bits, ranged.c_str(), 0);
  bits_.resize(handle + 1);
  bits_[handle] = bits;
  return handle;
}

void FstFile::DeclareAlias(const std::string& path, std::uint32_t bits, Handle of) {
  const std::string ranged = WithRange(EnterScope(path), bits);
  fstWriterCreateVar(context_, FST_VT_SV_LOGIC, FST_VD_IMPLICIT, bits, ranged.c_str(), of);
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
  fstWriterEmitValueChange(context_, handle, value);
  unflushed_bytes_ += bits_[handle];
}

}  // namespace tarn::wave
