# Language level, warnings, build kinds and the packages every part uses.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug, Sanitize or Coverage" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # line tables make many files a third dearer to compile
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_COVERAGE "-O0 -g --coverage")

find_program(TARN_CCACHE ccache)
option(TARN_USE_CCACHE "Compile through ccache when it is installed" ON)
if(TARN_CCACHE AND TARN_USE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TARN_CCACHE})
endif()

option(TARN_MUTANTS "The designs hold mutants, of which the environment picks one (scripts/mutate)" OFF)
option(TARN_TRACE "Compile FST tracing into every Verilated design" OFF)

find_package(verilator REQUIRED HINTS $ENV{VERILATOR_ROOT} /usr/share/verilator)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(nlohmann_json REQUIRED)

enable_testing()
include(GoogleTest)

# Warnings for our own code; Verilated code and systems headers are not ours.
add_library(tarn_warnings INTERFACE)
target_compile_options(tarn_warnings INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wconversion -Wno-sign-conversion)

# Sources include each other by their path from the top: "models/common/line.h".
add_library(tarn_include INTERFACE)
target_include_directories(tarn_include INTERFACE ${PROJECT_SOURCE_DIR})
