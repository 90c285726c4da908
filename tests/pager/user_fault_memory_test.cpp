// The kernel's side of the pager on real memory: pages are taken from under a thread that writes to them all the time.
#include "sw/pager/preload/user_fault_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "models/common/random.h"
#include "sw/pager/user_fault.h"

namespace tarn::pager::preload {
namespace {

class UserFault : public testing::Test {
 protected:
  static constexpr std::size_t kPages = 700;  // more than a pipe holds

  void SetUp() override {
    if (Status status = CheckUserFault(); !status.ok()) GTEST_SKIP() << status.message();
    ASSERT_TRUE(memory_.Open().ok());
    map_ = ::mmap(nullptr, kPages * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(map_, MAP_FAILED);
    first_ = reinterpret_cast<std::uintptr_t>(map_) / kPageBytes;
    ASSERT_TRUE(memory_.Register(first_ * kPageBytes, kPages * kPageBytes).ok());
    contents_.resize(kPages);
    before_.resize(kPages);
    ASSERT_EQ(memory_.Place(first_, kPages, contents_.data(), /*protect=*/false), kPages);
  }
  std::atomic<std::uint64_t>& WordOf(std::size_t page) {
    return *reinterpret_cast<std::atomic<std::uint64_t>*>(static_cast<Page*>(map_) + page);
  }
  // Takes some pages, as a pager would, and brings them back as they were; or, planted, as they were just before.
  void TakeAndBringBack(Random& random, std::uint64_t one_in, bool copied_before) {
    std::vector<PageNumber> pages;
    for (std::size_t page = 0; page < kPages; ++page) {
      if (random.Below(one_in) == 0) pages.push_back(first_ + page);
    }
    for (std::size_t index = 0; copied_before && index < pages.size(); ++index) {
      before_[index] = static_cast<const Page*>(map_)[pages[index] - first_];
    }
    ASSERT_TRUE(memory_.Take(pages, pages, contents_.data()));
    if (copied_before) std::copy_n(before_.begin(), pages.size(), contents_.begin());
    for (std::size_t index = 0; index < pages.size(); ++index) {
      ASSERT_EQ(memory_.Place(pages[index], 1, &contents_[index], /*protect=*/false), 1u);
    }
  }

  // By a thread that writes to each page in turn, and looks whether what it wrote is still there.
  std::uint64_t CountLostWrites(bool copied_before) {
    std::atomic<bool> end = false;
    std::atomic<std::uint64_t> writes = 0;
    std::uint64_t lost = 0;
    std::thread writer([&] {
      std::vector<std::uint64_t> last(kPages, 0);
      for (std::size_t page = 0; !end; page = (page + 1) % kPages, ++writes) {
        if (WordOf(page) != last[page]) ++lost;
        WordOf(page) = ++last[page];
      }
    });
    Random random(1);
    const auto begin = std::chrono::steady_clock::now();
    const auto enough = [&] {  // the machine may be busy
      return writes > 10 * kPages || std::chrono::steady_clock::now() - begin > std::chrono::seconds(60);
    };
    for (int round = 0; round < 60 || !enough(); ++round) {
      TakeAndBringBack(random, round % 2 == 0 ? 1 : 7, copied_before);
    }
    end = true;
    writer.join();
    EXPECT_GT(writes, 10 * kPages);
    return lost;
  }

  UserFaultMemory memory_;
  void* map_ = nullptr;
  PageNumber first_ = 0;
  std::vector<Page> contents_;
  std::vector<Page> before_;
};

TEST_F(UserFault, NoWriteIsLostWhilePagesAreTaken) { EXPECT_EQ(CountLostWrites(/*copied_before=*/false), 0u); }

TEST_F(UserFault, PagesThatAreCopiedBeforeTheyAreTakenLoseWrites) {
  EXPECT_GT(CountLostWrites(/*copied_before=*/true), 0u);
}

TEST_F(UserFault, TakenPagesAreMissingAndTheOthersStay) {
  for (std::size_t page = 0; page < kPages; ++page) WordOf(page) = page + 1;
  std::vector<PageNumber> pages;
  for (std::size_t page = 0; page < kPages; page += 2) pages.push_back(first_ + page);
  const std::vector<PageNumber> kept = {pages[3], pages[4], pages[300]};
  ASSERT_TRUE(memory_.Take(pages, kept, contents_.data()));
  for (std::size_t index = 0; index < kept.size(); ++index) {
    EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(contents_[index].bytes.data()), kept[index] - first_ + 1);
  }
  std::vector<unsigned char> there(kPages);
  ASSERT_EQ(::mincore(map_, kPages * kPageBytes, there.data()), 0);
  for (std::size_t page = 0; page < kPages; ++page) EXPECT_EQ(there[page] & 1, page % 2) << page;
}

// The program unmapped it without telling the library.
TEST_F(UserFault, APageThatIsNotMappedAnyMoreHoldsZeros) {
  WordOf(4) = 9;
  WordOf(6) = 7;
  ::munmap(static_cast<Page*>(map_) + 4, kPageBytes);
  const std::vector<PageNumber> pages = {first_ + 4, first_ + 6};
  ASSERT_TRUE(memory_.Take(pages, pages, contents_.data()));
  EXPECT_EQ(contents_[0], Page());
  EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(contents_[1].bytes.data()), 7u);
}

// And so it may forbid itself to read a page, or give one back.
TEST_F(UserFault, APageThatNobodyMayReadIsTakenWithWhatItHolds) {
  WordOf(4) = 9;
  WordOf(6) = 7;
  ASSERT_EQ(::mprotect(static_cast<Page*>(map_) + 4, kPageBytes, PROT_NONE), 0);
  const std::vector<PageNumber> pages = {first_ + 4, first_ + 6};
  ASSERT_TRUE(memory_.Take(pages, pages, contents_.data()));
  EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(contents_[0].bytes.data()), 9u);
  EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(contents_[1].bytes.data()), 7u);
}

TEST_F(UserFault, APageThatWasGivenBackHoldsZerosAndNobodyWaitsForIt) {
  WordOf(4) = 9;
  WordOf(6) = 7;
  ASSERT_EQ(::madvise(static_cast<Page*>(map_) + 4, kPageBytes, MADV_DONTNEED), 0);
  const std::vector<PageNumber> pages = {first_ + 4, first_ + 6};
  ASSERT_TRUE(memory_.Take(pages, pages, contents_.data()));
  EXPECT_EQ(contents_[0], Page());
  EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(contents_[1].bytes.data()), 7u);
}

}  // namespace
}  // namespace tarn::pager::preload
