// `tarn far` as a user calls it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "sw/pager/user_fault.h"
#include "tests/trace/tarn_command.h"

namespace tarn::pager {

using Json = nlohmann::json;

class FarCommand : public trace::TarnCommand {
 protected:
  void SetUp() override {
    if (Status status = CheckUserFault(); !status.ok()) GTEST_SKIP() << status.message();
  }

  // The line's output is the same alone and in far memory with so much resident. Returns the run's report.
  Json ExpectSameOutput(const std::string& program, const std::string& resident, const std::string& input = "/dev/null",
                        const std::string& more = "") {
    const Outcome alone = Run(program + " < " + input);
    EXPECT_EQ(alone.exit_status, 0) << alone.error;
    EXPECT_NE(alone.output, "") << "nothing to compare";
    const Outcome far = Run("tarn far --quiet --report report.json --resident " + resident + " " + more + " -- " +
                            program + " < " + input);
    EXPECT_EQ(far.exit_status, 0) << far.error;
    EXPECT_EQ(far.output, alone.output);
    EXPECT_EQ(far.error, alone.error);
    return ReadReport();
  }
  Json ReadReport() {
    Json report = Json::parse(trace::Text(folder_ / "report.json"), nullptr, false);
    EXPECT_TRUE(report.is_object());
    if (!report.is_object()) return Json::object();
    EXPECT_EQ(report.value("clean_bytes_written", 1), 0);
    return report;
  }
  // The peak resident memory of a program under the same allocator, all resident; in KiB.
  std::uint64_t PeakKilobytes(const std::string& program, const std::string& input) {
    const std::string line = "tarn far --quiet --report report.json --resident 100% -- " + program + " < " + input;
    EXPECT_EQ(Run(line + " > /dev/null").exit_status, 0);
    return ReadReport().value("resident_pages_max", std::uint64_t{0}) * 4;
  }
  bool Has(const std::string& program) { return Run("command -v " + program).exit_status == 0; }
  void WriteFile(const std::string& name, const std::string& text) {
    trace::WriteBytes(folder_ / name, trace::Bytes(text.begin(), text.end()));
  }
  // A shop of so many sales for sqlite3.
  void WriteShop(int sales) {
    WriteFile("shop.sql", "create table size as select " + std::to_string(sales) + " as sales;\n" +
                              trace::Text(FAR_TESTS "/shop.sql"));
  }
};

}  // namespace tarn::pager
