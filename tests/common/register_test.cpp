#include "tests/common/register_test.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "models/common/random.h"

namespace tarn::tests {
namespace {

constexpr std::size_t kDifferencesMax = 20;
constexpr int kWritesBetweenFullChecks = 40;

std::string Hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%" PRIx64, value);
  return text;
}

std::uint64_t Ones(unsigned width) { return ~std::uint64_t{0} >> (64 - width); }

bool Contains(const std::vector<std::string>& names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Checker {
 public:
  Checker(RegisterBus& bus, const RegisterTable& table, const RegisterTestOptions& options)
      : bus_(bus), table_(table), options_(options), parameters_(options.parameters), random_(options.seed) {
    if (parameters_.empty()) {
      for (const RegisterParameter& parameter : table.parameters) parameters_.push_back(parameter.value);
    }
  }

  std::vector<std::string> Run() {
    CheckReset();
    CheckHoles();
    if (differences_.empty()) CheckWrites();
    return std::move(differences_);
  }

 private:
  struct Element {
    const RegisterInfo* info;
    std::uint32_t index;
    std::uint64_t expected = 0;  // of the fields in `known`
    std::uint64_t known = 0;     // which bits this test can tell
    std::uint32_t offset() const { return info->ElementOffset(index); }
  };

  void Report(const Element& element, const std::string& what) {
    if (differences_.size() >= kDifferencesMax) return;
    const std::string index = element.info->count > 1 ? "[" + std::to_string(element.index) + "]" : "";
    differences_.push_back(std::string(table_.name) + "." + element.info->name + index + " at " +
                           Hex(element.offset()) + ": " + what);
  }

  std::uint64_t Number(const RegisterNumber& number) const {
    return number.parameter == kNoParameter ? number.value : parameters_[number.parameter];
  }
  bool Present(int when) const { return when == kNoParameter || parameters_[when] != 0; }
  bool Present(const Element& element, const RegisterFieldInfo& field) const {
    const int elements = element.info->elements;
    return Present(element.info->when) && Present(field.when) &&
           (elements == kNoParameter || element.index < parameters_[elements]);
  }

  bool Fixed(const Element& element) const {
    return element.info->fixed != kNoParameter && parameters_[element.info->fixed] != 0;
  }

  std::uint64_t ReadValue(const Element& element) {
    std::uint64_t value = 0;
    for (unsigned word = 0; word < element.info->bits / 32; ++word) {
      const RegisterResponse response = bus_.Read(element.offset() + 4 * word);
      if (response.error) Report(element, "reading it answers an error");
      value |= std::uint64_t{response.rdata} << (32 * word);
    }
    return value;
  }

  void Compare(const Element& element, const std::string& when) {
    const std::uint64_t value = ReadValue(element) & element.known;
    const std::uint64_t expected = element.expected & element.known;
    if (value == expected) return;
    std::string fields;
    for (const RegisterFieldInfo& field : element.info->fields) {
      if (((value ^ expected) >> field.shift) & Ones(field.width)) fields += std::string(" ") + field.name;
    }
    Report(element, when + " it reads " + Hex(value) + ", expected " + Hex(expected) +
                        "; different:" + (fields.empty() ? " bits without a field" : fields));
  }

  void CheckReset() {
    for (const RegisterInfo& info : table_.registers) {
      for (std::uint32_t index = 0; index < info.count; ++index) {
        Element element{&info, index};
        const bool known = !Contains(options_.unknown_reset, info.name);
        element.known = Ones(info.bits);
        for (const RegisterFieldInfo& field : info.fields) {
          const std::uint64_t mask = Ones(field.width) << field.shift;
          if (!Present(element, field)) continue;
          if (field.reset_known && known) element.expected |= Number(field.reset) << field.shift;
          if (!field.reset_known || !known) element.known &= ~mask;
        }
        Compare(element, "after reset");
        Adopt(element);
        elements_.push_back(element);
      }
    }
  }

  // Takes over what a field reads where no reset value is known, and forgets what lives in the hardware.
  void Adopt(Element& element) {
    const std::uint64_t value = ReadValue(element);
    element.expected = (element.expected & element.known) | (value & ~element.known);
    element.known = Ones(element.info->bits);
    for (const RegisterFieldInfo& field : element.info->fields) {
      if (field.hwext && Present(element, field)) element.known &= ~(Ones(field.width) << field.shift);
    }
  }

  void CheckHoles() {
    std::vector<bool> mapped(table_.window_bytes / 4);
    for (const Element& element : elements_) {
      for (unsigned byte = 0; byte < element.info->bits / 8; byte += 4) mapped[(element.offset() + byte) / 4] = true;
    }
    std::vector<std::uint32_t> holes;
    for (std::uint32_t word = 0; word < mapped.size(); ++word) {
      if (!mapped[word]) holes.push_back(4 * word);
    }
    // A window can be mostly hole: a share of them will do, the first and last among it.
    constexpr std::size_t kHolesMax = 64;
    if (holes.size() > kHolesMax) {
      for (std::size_t i = 1; i + 1 < kHolesMax; ++i) {
        std::swap(holes[i], holes[i + random_.Below(holes.size() - i)]);
      }
      std::swap(holes[kHolesMax - 1], holes.back());
      holes.resize(kHolesMax);
    }
    for (const std::uint32_t addr : holes) CheckHole(addr);
  }

  void CheckHole(std::uint32_t addr) {
    const RegisterResponse expected{0, table_.unmapped_is_error};
    const RegisterResponse read = bus_.Read(addr);
    const RegisterResponse write = bus_.Write(addr, 0xFFFFFFFF);
    if (read.error == expected.error && write.error == expected.error && (read.error || read.rdata == 0)) return;
    if (differences_.size() >= kDifferencesMax) return;
    differences_.push_back(std::string(table_.name) + " at " + Hex(addr) + ": no register is there; expected " +
                           (expected.error ? "errors" : "zero and no error") + ", read " + Hex(read.rdata) +
                           (read.error ? " with" : " without") + " error, wrote" +
                           (write.error ? " with" : " without") + " error");
  }

  void CheckWrites() {
    std::vector<Element*> writable;
    for (Element& element : elements_) {
      const bool ext = std::any_of(element.info->fields.begin(), element.info->fields.end(), [](const auto& field) {
        return field.hwext && field.access != RegisterAccess::kRo;
      });
      if (!ext && !Contains(options_.only_read, element.info->name)) writable.push_back(&element);
    }
    // First every element with ones, then zeros: what does not stick shows for certain, whatever the seed.
    for (Element* element : writable) {
      for (const std::uint32_t data : {0xFFFFFFFFu, 0u, 0x55555555u, 0xAAAAAAAAu}) {
        for (unsigned word = 0; word < element->info->bits / 32; ++word) WriteAndCheck(*element, word, data, 0xF);
      }
    }
    for (Element* element : writable) CheckLegalSets(*element);
    for (int i = 0; i < options_.writes && differences_.empty() && !writable.empty(); ++i) {
      Element& element = *writable[random_.Next() % writable.size()];
      const unsigned word = static_cast<unsigned>(random_.Next() % (element.info->bits / 32));
      const std::uint8_t strobe = random_.Next() % 2 ? 0xF : static_cast<std::uint8_t>(random_.Next() & 0xF);
      if (options_.raise) Raise(element);
      WriteAndCheck(element, word, Data(element, word), strobe);
      if (i % kWritesBetweenFullChecks == 0) CompareAll();
    }
    CompareAll();
  }

  // Each legal value and its neighbours.
  void CheckLegalSets(Element& element) {
    for (const RegisterFieldInfo& field : element.info->fields) {
      if (field.access != RegisterAccess::kWarl || field.hwext) continue;
      std::vector<std::uint64_t> centres;
      for (const RegisterLegalValue& value : field.values) centres.push_back(Number(value.number));
      if (field.legal == RegisterLegal::kRange) centres = {Number(field.low), Number(field.high)};
      for (const std::uint64_t centre : centres) {
        for (const std::uint64_t value : {centre - 1, centre, centre + 1}) {
          const std::uint64_t data = (value & Ones(field.width)) << field.shift;
          for (unsigned word = 0; word < element.info->bits / 32; ++word) {
            WriteAndCheck(element, word, static_cast<std::uint32_t>(data >> (32 * word)), 0xF);
          }
        }
      }
    }
  }

  void CompareAll() {
    for (const Element& element : elements_) Compare(element, "after writes elsewhere");
  }

  void Raise(Element& element) {
    std::uint64_t bits = 0;
    for (const RegisterFieldInfo& field : element.info->fields) {
      if (field.access == RegisterAccess::kW1c && !field.hwext && Present(element, field)) {
        bits |= (random_.Next() & Ones(field.width)) << field.shift;
      }
    }
    if (bits == 0) return;
    options_.raise(element.offset(), bits);
    element.expected |= bits;
    Compare(element, "after the hardware set bits");
  }

  // Random, with a legal value in every second WARL field: random ones hardly ever hit a list.
  std::uint32_t Data(const Element& element, unsigned word) {
    std::uint64_t data = random_.Next();
    for (const RegisterFieldInfo& field : element.info->fields) {
      if (field.access != RegisterAccess::kWarl || random_.Next() % 2) continue;
      std::uint64_t legal = data >> field.shift;
      if (field.legal == RegisterLegal::kValues)
        legal = Number(field.values[random_.Next() % field.values.size()].number);
      if (field.legal == RegisterLegal::kRange) {
        const std::uint64_t span = Number(field.high) - Number(field.low);
        legal = Number(field.low) + (span == ~std::uint64_t{0} ? random_.Next() : random_.Next() % (span + 1));
      }
      const std::uint64_t mask = Ones(field.width) << field.shift;
      data = (data & ~mask) | ((legal << field.shift) & mask);
    }
    return static_cast<std::uint32_t>(data >> (32 * word));
  }

  void WriteAndCheck(Element& element, unsigned word, std::uint32_t data, std::uint8_t strobe) {
    if (!differences_.empty()) return;
    std::uint64_t mask = 0;
    for (unsigned byte = 0; byte < 4; ++byte) {
      if ((strobe >> byte) & 1u) mask |= std::uint64_t{0xFF} << (32 * word + 8 * byte);
    }
    const std::uint64_t written = std::uint64_t{data} << (32 * word);
    for (const RegisterFieldInfo& field : element.info->fields) {
      if (!field.hwext && Present(element, field) && !Fixed(element)) Expect(element, field, written, mask);
    }
    if (bus_.Write(element.offset() + 4 * word, data, strobe).error) Report(element, "writing it answers an error");
    Compare(element,
            "after writing " + Hex(data) + " to word " + std::to_string(word) + " with strobes " + Hex(strobe));
  }

  // What the field must read after software's write.
  void Expect(Element& element, const RegisterFieldInfo& field, std::uint64_t written, std::uint64_t mask) const {
    const std::uint64_t place = Ones(field.width) << field.shift;
    const std::uint64_t old = element.expected & place;
    const std::uint64_t one = written & mask & place;
    const std::uint64_t plain = (old & ~mask) | one;
    std::uint64_t now = old;
    switch (field.access) {
      case RegisterAccess::kRo:
        break;
      case RegisterAccess::kRw:
        now = plain;
        break;
      case RegisterAccess::kW1c:
        now = old & ~one;
        break;
      case RegisterAccess::kW1s:
        now = old | one;
        break;
      case RegisterAccess::kW1p:
        now = 0;
        break;
      case RegisterAccess::kWarl:
        if (field.legal == RegisterLegal::kMask) {
          now = plain & (Number(field.low) << field.shift);
        } else if (IsLegal(field, plain >> field.shift)) {
          now = plain;
        } else if (!field.illegal_keeps) {
          now = Number(field.illegal) << field.shift;
        }
        break;
    }
    element.expected = (element.expected & ~place) | now;
  }

  bool IsLegal(const RegisterFieldInfo& field, std::uint64_t value) const {
    if (field.legal == RegisterLegal::kRange) return value >= Number(field.low) && value <= Number(field.high);
    if (field.legal == RegisterLegal::kAny) return true;
    return std::any_of(field.values.begin(), field.values.end(), [&](const RegisterLegalValue& legal) {
      return Present(legal.when) && Number(legal.number) == value;
    });
  }

  RegisterBus& bus_;
  const RegisterTable& table_;
  const RegisterTestOptions& options_;
  std::vector<std::uint64_t> parameters_;
  Random random_;
  std::vector<Element> elements_;
  std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> CheckRegisters(RegisterBus& bus, const RegisterTable& table,
                                        const RegisterTestOptions& options) {
  return Checker(bus, table, options).Run();
}

}  // namespace tarn::tests
