#include "tests/store/writer.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/store/block_client.h"

namespace tarn::store {

nbd::Bytes Pattern(std::uint64_t block, std::uint64_t version) {
  nbd::Bytes bytes(kWriterBlock);
  std::mt19937_64 random(block * 1'000'003 + version);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    const std::uint64_t word = i == 0 ? version : i == 8 ? block : random();
    for (std::size_t k = 0; k < 8; ++k) bytes[i + k] = static_cast<std::uint8_t>(word >> 8 * k);
  }
  return bytes;
}

Writer::Writer(const std::string& socket, std::uint64_t first_block, std::uint64_t blocks,
               std::chrono::microseconds pause, Stable stable)
    : socket_(socket), first_(first_block), pause_(pause), stable_(stable), versions_(blocks), thread_([this] {
        Write();
      }) {}

std::uint64_t Writer::End() {
  ended_ = true;
  if (thread_.joinable()) thread_.join();
  return acknowledged_;
}

void Writer::Check(const std::string& socket) const { Check(socket, &Versions::acknowledged); }

void Writer::CheckStable(const std::string& socket) const { Check(socket, &Versions::stable); }

void Writer::Check(const std::string& socket, std::uint64_t Versions::* least) const {
  BlockClient client(socket, "disk");
  ASSERT_TRUE(client.connected());
  for (std::uint64_t i = 0; i < versions_.size(); ++i) {
    nbd::Bytes bytes;
    ASSERT_EQ(client.Read((first_ + i) * kWriterBlock, kWriterBlock, bytes), nbd::Error::kNone);
    std::uint64_t version = 0;
    for (std::size_t k = 8; k-- > 0;) version = version << 8 | bytes[k];
    ASSERT_GE(version, versions_[i].*least) << "a write is lost that must not be";
    ASSERT_LE(version, versions_[i].sent);
    ASSERT_TRUE(version == 0 || bytes == Pattern(first_ + i, version)) << "block " << i;
  }
}

void Writer::Write() {
  BlockClient client(socket_, "disk");
  for (std::uint64_t i = 0; !ended_; i = (i * 7 + 1) % versions_.size()) {
    Versions& one = versions_[i];
    ++one.sent;
    error_ = client.Write((first_ + i) * kWriterBlock, Pattern(first_ + i, one.sent), stable_ == Stable::kEachWrite);
    if (error_ != nbd::Error::kNone) return;
    one.acknowledged = one.sent;
    if (stable_ == Stable::kEachWrite) one.stable = one.sent;
    ++acknowledged_;
    if (stable_ == Stable::kByFlush && acknowledged_ % 16 == 0) error_ = MakeStable(client);
    if (error_ != nbd::Error::kNone) return;
    if (pause_.count() != 0) std::this_thread::sleep_for(pause_);
  }
}

nbd::Error Writer::MakeStable(BlockClient& client) {
  const nbd::Error error = client.Flush();
  if (error != nbd::Error::kNone) return error;
  for (Versions& one : versions_) one.stable = one.acknowledged;
  return error;
}

}  // namespace tarn::store
