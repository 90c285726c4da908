#include "sw/channel/mapping.h"

#include <map>

namespace tarn::channel {

Result<AddressMap> ParseMapping(const std::string& text, unsigned row_bits) {
  const std::map<std::string, unsigned> widths = {{"ro", row_bits},
                                                  {"ba", AddressMap::kBankBits},
                                                  {"bg", AddressMap::kBankGroupBits},
                                                  {"co", AddressMap::kColumnBits},
                                                  {"ch", 0},
                                                  {"ra", 0}};
  const Status wrong = Status::Error("'" + text +
                                     "' is no mapping such as rochrababgco: ro, ba, bg and co once each, the highest "
                                     "first; ch and ra as well, or not");
  std::map<std::string, unsigned> lows;
  unsigned low = 0;
  for (std::size_t end = text.size(); end != 0; end -= 2) {
    if (end < 2) return wrong;
    const auto field = widths.find(text.substr(end - 2, 2));
    if (field == widths.end() || !lows.emplace(field->first, low).second) return wrong;
    low += field->second;
  }
  for (const char* needed : {"ro", "ba", "bg", "co"}) {
    if (!lows.contains(needed)) return wrong;
  }
  // Each place is counted in what the fields cut out before it left.
  AddressMap map;
  map.bank_group_low = lows["bg"];
  map.bank_low = lows["ba"] - (lows["bg"] < lows["ba"] ? AddressMap::kBankGroupBits : 0);
  map.column_low = lows["co"] - (lows["bg"] < lows["co"] ? AddressMap::kBankGroupBits : 0) -
                   (lows["ba"] < lows["co"] ? AddressMap::kBankBits : 0);
  return map;
}

}  // namespace tarn::channel
