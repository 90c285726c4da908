// A sparse block device in memory, for tests and measurements; and a directory of exports.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sw/nbd/export.h"

namespace tarn::nbd {

class MemoryExport : public Export {
 public:
  explicit MemoryExport(ExportInfo info) : info_(std::move(info)) {}

  const ExportInfo& info() const override { return info_; }
  void Submit(Operation operation, std::function<void(Completion)> done) override;

  // Reads and writes that touch this range fail with kIo, and say where.
  void SetBad(std::uint64_t from, std::uint64_t to) { bad_from_ = from, bad_to_ = to; }
  std::uint64_t flushes() const { return flushes_; }
  // Bytes that are allocated.
  std::uint64_t allocated() const { return chunks_.size() * kChunkBytes; }

  static constexpr std::uint64_t kChunkBytes = 65536;

 private:
  using Chunk = std::array<std::uint8_t, kChunkBytes>;

  Completion Do(const Operation& operation);
  Completion Read(const Operation& operation) const;
  void Write(const Operation& operation);
  Completion Zero(const Operation& operation);
  Completion Status(const Operation& operation) const;
  bool Touches(const Operation& operation) const;

  ExportInfo info_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Chunk>> chunks_;
  std::uint64_t bad_from_ = 0;
  std::uint64_t bad_to_ = 0;
  std::uint64_t flushes_ = 0;
};

class Directory : public ExportDirectory {
 public:
  void Add(const std::string& name, std::shared_ptr<Export> one) { exports_[name] = std::move(one); }

  std::shared_ptr<Export> Find(const std::string& name) override {
    const auto found = exports_.find(name);
    return found == exports_.end() ? nullptr : found->second;
  }
  std::vector<Entry> List() override {
    std::vector<Entry> entries;
    for (const auto& [name, one] : exports_) {
      entries.push_back({.name = name, .description = one->info().description});
    }
    return entries;
  }

 private:
  std::map<std::string, std::shared_ptr<Export>> exports_;
};

}  // namespace tarn::nbd
