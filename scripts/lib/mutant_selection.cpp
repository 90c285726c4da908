// Which mutant a simulation is of (scripts/mutate): the environment says.
#include <cstdlib>

extern "C" unsigned tarn_mutant() {
  const char* text = std::getenv("TARN_MUTANT");
  return text == nullptr ? 0 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}
