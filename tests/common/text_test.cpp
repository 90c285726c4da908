#include "models/common/text.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(Text, IsUtf8WhereEveryCharacterIsInItsShortestForm) {
  for (const char* good : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsUtf8(good)) << good;
  const char* const bad[] = {
      "\xff",              // never a first byte
      "\x80",              // nor a later one alone
      "a\xc3",             // cut off
      "\xc3z",             // not gone on with
      "\xc0\xaf",          // longer than it need be
      "\xe0\x80\xaf",      // likewise
      "\xed\xa0\x80",      // half of a pair
      "\xf4\x90\x80\x80",  // beyond the last
  };
  for (const char* text : bad) EXPECT_FALSE(IsUtf8(text)) << text;
}

TEST(Text, OneLineShowsControlCharacters) {
  EXPECT_EQ(OneLine("a\nb\x1b[1m\x7f"), "a\\x0ab\\x1b[1m\\x7f");
  EXPECT_EQ(OneLine("caf\xc3\xa9 \\"), "caf\xc3\xa9 \\");
}

}  // namespace
}  // namespace tarn
