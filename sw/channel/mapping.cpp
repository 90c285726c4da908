#include "sw/channel/mapping.h"

#include <map>

namespace tarn::channel {

Result<AddressMap> ParseMapping(const std::string& text, const ModuleGeometry& geometry) {
  const std::map<std::string, unsigned> widths = {{"ro", geometry.row_bits},
                                                  {"ba", geometry.bank_bits},
                                                  {"bg", geometry.bank_group_bits},
                                                  {"co", geometry.column_bits},
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
  AddressMap map = AddressMap::Of(geometry);
  map.bank_group_low = lows["bg"];
  map.bank_low = lows["ba"] - (lows["bg"] < lows["ba"] ? geometry.bank_group_bits : 0);
  map.column_low = lows["co"] - (lows["bg"] < lows["co"] ? geometry.bank_group_bits : 0) -
                   (lows["ba"] < lows["co"] ? geometry.bank_bits : 0);
  return map;
}

}  // namespace tarn::channel
