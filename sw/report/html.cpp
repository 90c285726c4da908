#include "sw/report/html.h"

#include <cstdio>

namespace tarn::report {

namespace {

constexpr const char* kStyle = R"css(
  body { font: 15px/1.5 system-ui, sans-serif; color: #1f2937; background: #fff; max-width: 62em; margin: 2em auto; padding: 0 1em; }
  h1 { font-size: 1.5em; margin-bottom: 0; } h2 { font-size: 1.15em; margin-top: 2em; }
  .verdict { padding: .6em 1em; border-radius: .4em; font-weight: 600; }
  .good { background: #dcfce7; color: #14532d; } .bad { background: #fee2e2; color: #7f1d1d; }
  table { border-collapse: collapse; margin: .5em 0; } th, td { padding: .2em .9em .2em 0; text-align: right; border-bottom: 1px solid #e5e7eb; }
  th:first-child, td:first-child { text-align: left; } th { font-weight: 600; color: #4b5563; }
  .text td { text-align: left; } pre { background: #f3f4f6; padding: .8em; overflow-x: auto; font-size: .85em; }
  svg { max-width: 100%; height: auto; } .note { color: #6b7280; }
)css";

}  // namespace

void WriteHead(std::ostream& out, const std::string& title) {
  out << "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\n"
      << "<title>" << Escaped(title) << "</title>\n<style>" << kStyle << "</style>\n";
}

void WritePlot(std::ostream& out, const Plot& plot) {
  const Result<std::string> svg = DrawSvg(plot);
  if (svg.ok()) {
    out << "<figure>" << *svg << "</figure>\n";
  } else {
    out << "<p class=note>" << Escaped(plot.title) << ": " << Escaped(svg.status().message()) << "</p>\n";
  }
}

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string Grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (int place = static_cast<int>(digits.size()) - 3; place > 0; place -= 3) digits.insert(place, "&#8239;");
  return digits;
}

std::string Fixed(double value, int decimals) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

}  // namespace tarn::report
