// A member's storage in a file.
#include "sw/store/storage_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <variant>
#include <vector>

#include "tests/trace/trace_files.h"

namespace tarn::store {
namespace {

using dataset::Bytes;

class StoreStorage : public testing::Test {
 protected:
  StoreStorage() : loop_(std::move(*net::EventLoop::Create())) {}

  Result<std::unique_ptr<StorageFile>> Open(std::uint64_t size = 1 << 20) {
    return StorageFile::Open(*loop_, folder_ / "log", size,
                             [this](dataset::Event event) { events_.push_back(std::move(event)); });
  }
  bool UntilEvents(std::size_t count) {
    const auto give_up = net::EventLoop::Clock::now() + std::chrono::seconds(20);
    while (events_.size() < count && net::EventLoop::Clock::now() < give_up) {
      loop_->RunOnce(std::chrono::milliseconds(5));
    }
    return events_.size() >= count;
  }
  const dataset::StorageRead& ReadAt(std::size_t index) { return std::get<dataset::StorageRead>(events_.at(index)); }

  trace::ScratchFolder folder_;
  std::unique_ptr<net::EventLoop> loop_;
  std::vector<dataset::Event> events_;
};

TEST_F(StoreStorage, ReadsSeeWhatWasHandedOutBefore) {
  auto storage = Open();
  ASSERT_TRUE(storage.ok());
  for (std::uint64_t i = 0; i < 200; ++i) {
    (*storage)->Write({.offset = 512 * i, .bytes = Bytes(512, static_cast<std::uint8_t>(i))});
  }
  (*storage)->Write({.offset = 512 * 7, .bytes = Bytes(1024, 0xee)});
  (*storage)->Read({.token = 5, .offset = 512 * 6, .length = 512 * 4});
  (*storage)->Sync(6);
  ASSERT_TRUE(UntilEvents(2));
  Bytes expected(512, 6);
  expected.insert(expected.end(), 1024, 0xee);
  expected.insert(expected.end(), 512, 9);
  EXPECT_EQ(ReadAt(0).token, 5U);
  EXPECT_EQ(ReadAt(0).bytes, expected);
  EXPECT_EQ(std::get<dataset::StorageSynced>(events_[1]).token, 6U);
  EXPECT_EQ(std::get<dataset::StorageSynced>(events_[1]).result, dataset::StorageResult::kOk);
  EXPECT_EQ((*storage)->waiting_bytes(), 0U);
}

TEST_F(StoreStorage, WhatWasHandedOutIsThereAfterTheEnd) {
  {
    auto storage = Open();
    ASSERT_TRUE(storage.ok());
    for (int i = 0; i < 100; ++i)
      (*storage)->Write({.offset = 4096, .bytes = Bytes(4096, static_cast<std::uint8_t>(i))});
  }
  auto again = Open();
  ASSERT_TRUE(again.ok());
  (*again)->Read({.token = 1, .offset = 4096, .length = 4096});
  ASSERT_TRUE(UntilEvents(1));
  EXPECT_EQ(ReadAt(0).bytes, Bytes(4096, 99));
}

TEST_F(StoreStorage, ReadsPastTheEndFail) {
  auto storage = Open();
  ASSERT_TRUE(storage.ok());
  (*storage)->Read({.token = 1, .offset = (1 << 20) - 512, .length = 1024});
  ASSERT_TRUE(UntilEvents(1));
  EXPECT_EQ(ReadAt(0).result, dataset::StorageResult::kFailed);
}

TEST_F(StoreStorage, OneProcessHasItAtATimeAndItKeepsItsSize) {
  auto storage = Open();
  ASSERT_TRUE(storage.ok());
  EXPECT_NE(Open().status().message().find("in use by another process"), std::string::npos);
  storage->reset();
  EXPECT_NE(Open(1 << 21).status().message().find("--log-size"), std::string::npos);
  EXPECT_TRUE(Open().ok());
}

}  // namespace
}  // namespace tarn::store
