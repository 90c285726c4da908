// Values by number, against the standard library's map.
#include "sw/dataset/slot_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include "models/common/random.h"

namespace tarn::dataset {
namespace {

TEST(SlotTable, HoldsWhatAMapHolds) {
  constexpr std::uint64_t kSeed = 7;
  std::cout << "seed " << kSeed << "\n";
  Random random(kSeed);
  SlotTable<std::string> table;
  std::map<std::uint64_t, std::string> map;
  std::uint64_t next = 1;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t number = random.Percent(40) ? next++ : 1 + random.Below(next);
    if (random.Percent(55)) {
      const std::string value = std::to_string(random.Next());
      EXPECT_EQ(table.Put(number, value), value);
      map[number] = value;
    } else {
      table.Erase(number);
      map.erase(number);
    }
    const auto expected = map.find(number);
    const std::string* const found = table.Find(number);
    ASSERT_EQ(found != nullptr, expected != map.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, expected->second);
    }
    ASSERT_EQ(table.size(), map.size());
  }
  std::map<std::uint64_t, std::string> all;
  table.ForEach([&](std::uint64_t number, const std::string& value) { all[number] = value; });
  EXPECT_EQ(all, map);
}

TEST(SlotTable, ANewValueTakesThePlaceOfTheLastThatWent) {
  SlotTable<int> table;
  for (std::uint64_t number = 1; number <= 3; ++number) table.Put(number, 0);
  const int* const place = table.Find(2);
  table.Erase(1);
  table.Erase(2);
  EXPECT_EQ(&table.Put(4, 0), place);
  EXPECT_FALSE(table.contains(2));
}

}  // namespace
}  // namespace tarn::dataset
