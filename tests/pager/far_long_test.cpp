// What takes longer: larger programs with less of their memory resident, and the node in RTL.
#include <algorithm>
#include <cstdint>

#include "tests/pager/far_fixture.h"

namespace tarn::pager {
namespace {

class FarLong : public FarCommand {
 protected:
  // Of the peak's memory so much is resident. REQUIRES: the session is in shop.sql.
  void ExpectSameAnswersAt(double share, const std::string& platform) {
    if (!Has("sqlite3")) GTEST_SKIP() << "no sqlite3";
    const std::uint64_t peak = PeakKilobytes("sqlite3 :memory:", "shop.sql");
    constexpr std::uint64_t kResidentKilobytesMin = 256;  // that `tarn far` takes
    const auto resident =
        std::max(static_cast<std::uint64_t>(share * static_cast<double>(peak)), kResidentKilobytesMin);
    const Json report =
        ExpectSameOutput("sqlite3 :memory:", std::to_string(resident) + "K", "shop.sql", "--platform " + platform);
    std::printf("peak %llu KiB, resident %llu KiB: %llu faults, %llu pages in, %llu out, %.1f s\n",
                static_cast<unsigned long long>(peak), static_cast<unsigned long long>(resident),
                report["faults"].get<unsigned long long>(), report["page_ins"].get<unsigned long long>(),
                report["page_outs"].get<unsigned long long>(), report["seconds"].get<double>());
    EXPECT_GT(report["page_ins"], 100);
    EXPECT_LE(report["resident_pages_max"].get<std::uint64_t>() * 4, resident);
  }
  void ExpectShopAt(double share, const std::string& platform) {
    WriteShop(200'000);
    ExpectSameAnswersAt(share, platform);
  }
};

TEST_F(FarLong, SqliteFullAtSevenAndAHalfPercentOverTheModel) { ExpectShopAt(0.075, "model"); }
TEST_F(FarLong, SqliteFullAtAQuarterOverTheModel) { ExpectShopAt(0.25, "model"); }

// The Verilated node moves a hundred pages a second or so: a short session, of which the least that can be resident is
// 7.5%.
TEST_F(FarLong, SqliteShortAtSevenAndAHalfPercentOverTheRtl) {
  WriteFile("shop.sql", trace::Text(FAR_TESTS "/shop_short.sql"));
  ExpectSameAnswersAt(0.075, "rtl");
}

}  // namespace
}  // namespace tarn::pager
