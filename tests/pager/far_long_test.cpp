// What takes longer: larger programs with less of their memory resident, and the node in RTL.
#include "tests/pager/far_fixture.h"

namespace tarn::pager {
namespace {

class FarLong : public FarCommand {
 protected:
  void ExpectShopAt(double share, int sales, const std::string& platform) {
    if (!Has("sqlite3")) GTEST_SKIP() << "no sqlite3";
    WriteShop(sales);
    const std::uint64_t peak = PeakKilobytes("sqlite3 :memory:", "shop.sql");
    const auto resident = static_cast<std::uint64_t>(share * static_cast<double>(peak));
    const Json report =
        ExpectSameOutput("sqlite3 :memory:", std::to_string(resident) + "K", "shop.sql", "--platform " + platform);
    std::printf("peak %llu KiB, resident %llu KiB: %llu faults, %llu pages in, %llu out, %.1f s\n",
                static_cast<unsigned long long>(peak), static_cast<unsigned long long>(resident),
                report["faults"].get<unsigned long long>(), report["page_ins"].get<unsigned long long>(),
                report["page_outs"].get<unsigned long long>(), report["seconds"].get<double>());
    EXPECT_GT(report["page_ins"], 100);
  }
};

TEST_F(FarLong, SqliteFullAtSevenAndAHalfPercentOverTheModel) { ExpectShopAt(0.075, 200'000, "model"); }
TEST_F(FarLong, SqliteFullAtAQuarterOverTheModel) { ExpectShopAt(0.25, 200'000, "model"); }

// The Verilated node serves some hundreds of pages a second on an idle machine: a short session.
TEST_F(FarLong, SqliteShortAtSevenAndAHalfPercentOverTheRtl) { ExpectShopAt(0.075, 14'000, "rtl"); }

}  // namespace
}  // namespace tarn::pager
