// What is said to etcd, and what its answers are taken to mean.
#include "sw/store/etcd_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tarn::store {
namespace {

using dataset::MemberSet;

constexpr dataset::DatasetId kOurs = {.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};
constexpr const char* kKey = "dGFybi9zdG9yZS8wMTIzNDU2Nzg5YWJjZGVmZmVkY2JhOTg3NjU0MzIxMA==";

dataset::MembershipRecord Record() {
  return {.epoch = 7, .members = MemberSet::Of(1).With(2), .in_sync = MemberSet::Of(2), .learners = {}};
}

// The record as a value of etcd's JSON.
std::string Value() {
  const auto body = nlohmann::json::parse(EtcdSwapBody(kOurs, 0, Record()));
  return body.at("success").at(0).at("requestPut").at("value");
}

// Answers as etcd 3.4 gives them.
std::string Header() { return R"("header":{"cluster_id":"1","member_id":"2","revision":"9","raft_term":"2"})"; }
std::string Pairs(const std::string& key, const std::string& value, const std::string& revision = R"("8")") {
  return R"("kvs":[{"key":")" + key + R"(","create_revision":"2","mod_revision":)" + revision +
         R"(,"version":"1","value":")" + value + R"("}],"count":"1")";
}

TEST(EtcdRecord, AsksForTheDatasetsKeyAndComparesItsRevision) {
  EXPECT_EQ(EtcdKey(kOurs), "tarn/store/0123456789abcdeffedcba9876543210");
  const auto range = nlohmann::json::parse(EtcdRangeBody(kOurs));
  EXPECT_EQ(range.at("key"), kKey);
  EXPECT_EQ(range.at("serializable"), false);
  const auto swap = nlohmann::json::parse(EtcdSwapBody(kOurs, 8, Record()));
  const auto& compare = swap.at("compare").at(0);
  EXPECT_EQ(compare.at("key"), kKey);
  EXPECT_EQ(compare.at("target"), "MOD");
  EXPECT_EQ(compare.at("result"), "EQUAL");
  EXPECT_EQ(compare.at("mod_revision"), "8");
  EXPECT_EQ(swap.at("failure").at(0).at("requestRange").at("key"), kKey);
}

TEST(EtcdRecord, ReadsWhatEtcdHolds) {
  const auto held = DecodeEtcdRange(kOurs, "{" + Header() + "," + Pairs(kKey, Value()) + "}");
  ASSERT_TRUE(held.ok()) << held.status().message();
  EXPECT_EQ(held->revision, 8U);
  EXPECT_EQ(held->record, Record());
  const auto nothing = DecodeEtcdRange(kOurs, "{" + Header() + "}");
  ASSERT_TRUE(nothing.ok());
  EXPECT_FALSE(nothing->record.exists());
  EXPECT_EQ(nothing->revision, 0U);
}

TEST(EtcdRecord, ReadsWhatCameOfASwap) {
  const auto made = DecodeEtcdSwap(
      kOurs, "{" + Header() + R"(,"succeeded":true,"responses":[{"response_put":{"header":{"revision":"9"}}}]})");
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(made->swapped);
  const auto refused = DecodeEtcdSwap(
      kOurs, "{" + Header() + R"(,"responses":[{"response_range":{"header":{},)" + Pairs(kKey, Value()) + "}}]}");
  ASSERT_TRUE(refused.ok());
  EXPECT_FALSE(refused->swapped);
  EXPECT_EQ(refused->held.record, Record());
}

TEST(EtcdRecord, ConcludesNothingFromAnswersThatMakeNoSense) {
  const std::string whole = "{" + Header() + "," + Pairs(kKey, Value()) + "}";
  std::vector<std::string> bad = {
      "",
      "[]",
      "null",
      "7",
      "{}",
      "{\"header\":7}",
      "{\"header\":{\"revision\":9}}",
      "{" + Header() + R"(,"kvs":{}})",
      "{" + Header() + R"(,"kvs":[]})",
      "{" + Header() + R"(,"kvs":[7]})",
      "{" + Header() + R"(,"count":"0"})",
      "{" + Header() + "," + Pairs(kKey, Value(), "8") + "}",       // a number that is no string
      "{" + Header() + "," + Pairs(kKey, Value(), R"("0")") + "}",  // a revision that is none
      "{" + Header() + "," + Pairs(kKey, Value(), R"("-1")") + "}",
      "{" + Header() + "," + Pairs(kKey, Value(), R"("99999999999999999999")") + "}",
      "{" + Header() + "," + Pairs("b3RoZXI=", Value()) + "}",  // another key
      "{" + Header() + "," + Pairs(kKey, "????") + "}",         // no base64
      "{" + Header() + "," + Pairs(kKey, "") + "}",
      "{" + Header() + "," + Pairs(kKey, "b3RoZXI=") + "}",
      "{" + Header() + "," + Pairs(kKey, Value().substr(4)) + "}",  // a part of a record
      whole + "}",
      std::string(100000, '['),
      "{" + Header() + "," + Pairs(kKey, std::string(20000, 'A')) + "}"};
  for (std::size_t end = 0; end < whole.size(); ++end) bad.push_back(whole.substr(0, end));
  for (const std::string& body : bad) {
    EXPECT_FALSE(DecodeEtcdRange(kOurs, body).ok()) << body.substr(0, 200);
    EXPECT_FALSE(DecodeEtcdSwap(kOurs, body).ok()) << body.substr(0, 200);
  }
}

TEST(EtcdRecord, TakesNoSwapForMadeThatDoesNotSaySo) {
  for (const std::string& rest :
       {std::string(R"("succeeded":true)"), std::string(R"("succeeded":1,"responses":[{"response_put":{}}])"),
        std::string(R"("succeeded":"true","responses":[{"response_put":{}}])"),
        std::string(R"("succeeded":false,"responses":[{"response_put":{}}])"),
        std::string(R"("succeeded":true,"responses":[{"response_range":{}}])"),
        std::string(R"("succeeded":true,"responses":[{"response_put":{}},{"response_put":{}}])"),
        std::string(R"("succeeded":true,"responses":[])"), std::string(R"("responses":[{"response_put":{}}])")}) {
    EXPECT_FALSE(DecodeEtcdSwap(kOurs, "{" + Header() + "," + rest + "}").ok()) << rest;
  }
}

}  // namespace
}  // namespace tarn::store
