# tarn_add_blocks(FILE): tarn_add_block for each entry of a JSON list of blocks ({"name", "folder", "top", "depends"}; a
#   block follows those it depends on). scripts/lib/rtl_blocks.py reads the same file.
function(tarn_add_blocks file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} blocks)
  string(JSON last LENGTH "${blocks}")
  math(EXPR last "${last} - 1")
  foreach(index RANGE ${last})
    string(JSON name GET "${blocks}" ${index} name)
    set(arguments)
    foreach(key folder top)
      string(JSON value ERROR_VARIABLE missing GET "${blocks}" ${index} ${key})
      if(NOT missing)
        string(TOUPPER ${key} keyword)
        list(APPEND arguments ${keyword} ${value})
      endif()
    endforeach()
    string(JSON count ERROR_VARIABLE missing LENGTH "${blocks}" ${index} depends)
    if(NOT missing AND count GREATER 0)
      list(APPEND arguments DEPENDS)
      math(EXPR count "${count} - 1")
      foreach(position RANGE ${count})
        string(JSON value GET "${blocks}" ${index} depends ${position})
        list(APPEND arguments ${value})
      endforeach()
    endif()
    tarn_add_block(${name} ${arguments})
  endforeach()
endfunction()

# tarn_add_block(NAME [FOLDER folder] [TOP module] [DEPENDS blocks...])
#   Declares a block, in folders of its name unless another is given. rtl/NAME/files.f lists its SystemVerilog files, one a line, in compile order,
#   packages first; rtl/NAME/lint.vlt holds its lint waivers. Makes the tests lint.NAME and (where
#   the synthesis front end is installed) lint.elaborate.NAME when TOP is given, and
#   enters models/NAME, tb/NAME and tests/NAME.
function(tarn_add_block name)
  cmake_parse_arguments(arg "" "FOLDER;TOP" "DEPENDS" ${ARGN})
  if(NOT arg_FOLDER)
    set(arg_FOLDER ${name})
  endif()
  set(files)
  foreach(dependency IN LISTS arg_DEPENDS)
    get_property(dependency_files GLOBAL PROPERTY TARN_RTL_FILES_${dependency})
    list(APPEND files ${dependency_files})
  endforeach()
  set(list_file ${PROJECT_SOURCE_DIR}/rtl/${arg_FOLDER}/files.f)
  if(EXISTS ${list_file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list_file})
    file(STRINGS ${list_file} own_files REGEX "^[^/].*")
    list(TRANSFORM own_files PREPEND ${PROJECT_SOURCE_DIR}/rtl/${arg_FOLDER}/)
    if(EXISTS ${PROJECT_SOURCE_DIR}/rtl/${arg_FOLDER}/lint.vlt)
      list(PREPEND own_files ${PROJECT_SOURCE_DIR}/rtl/${arg_FOLDER}/lint.vlt)
    endif()
    list(APPEND files ${own_files})
  endif()
  list(REMOVE_DUPLICATES files)
  set_property(GLOBAL PROPERTY TARN_RTL_FILES_${name} ${files})
  if(own_files)
    # The list for other flows is the one that is compiled here.
    set(sources ${files})
    list(FILTER sources EXCLUDE REGEX "\\.vlt$")
    add_test(NAME lint.file_list.${name}
             COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_packaging --compare ${name} ${sources})
    set_tests_properties(lint.file_list.${name} PROPERTIES LABELS lint)
  endif()
  if(arg_TOP AND own_files)
    tarn_lint(${name} BLOCK ${name} TOP ${arg_TOP})
    tarn_elaborate(${name} BLOCK ${name} TOP ${arg_TOP})
  endif()
  foreach(side models tb tests)
    if(EXISTS ${PROJECT_SOURCE_DIR}/${side}/${arg_FOLDER}/CMakeLists.txt)
      add_subdirectory(${side}/${arg_FOLDER})
    endif()
  endforeach()
endfunction()

# tarn_lint(NAME BLOCK block TOP module [FILES extra.sv...] [PARAMETERS Name=Value...]): ctest lint.NAME, `verilator --lint-only -Wall`
# with no warning.
function(tarn_lint name)
  cmake_parse_arguments(arg "" "BLOCK;TOP" "FILES;PARAMETERS" ${ARGN})
  list(TRANSFORM arg_PARAMETERS PREPEND -G)
  get_property(files GLOBAL PROPERTY TARN_RTL_FILES_${arg_BLOCK})
  list(TRANSFORM arg_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(APPEND files ${arg_FILES})
  add_test(NAME lint.${name}
           COMMAND ${VERILATOR_BIN} --lint-only -Wall --assert --top-module ${arg_TOP}
                   ${arg_PARAMETERS} -I${PROJECT_SOURCE_DIR}/rtl/common ${files})
  set_tests_properties(lint.${name} PROPERTIES LABELS lint)
endfunction()

# tarn_refuse(NAME BLOCK block TOP module MESSAGE text PARAMETERS Name=Value...): ctest lint.refuse.NAME, elaboration with these parameters
# ends with that message.
function(tarn_refuse name)
  cmake_parse_arguments(arg "" "BLOCK;TOP;MESSAGE" "PARAMETERS" ${ARGN})
  list(TRANSFORM arg_PARAMETERS PREPEND -G)
  get_property(files GLOBAL PROPERTY TARN_RTL_FILES_${arg_BLOCK})
  add_test(NAME lint.refuse.${name}
           COMMAND ${VERILATOR_BIN} --lint-only -Wno-lint -Wno-style --top-module ${arg_TOP} ${arg_PARAMETERS} -I${PROJECT_SOURCE_DIR}/rtl/common ${files})
  set_tests_properties(lint.refuse.${name} PROPERTIES LABELS lint PASS_REGULAR_EXPRESSION "USERERROR: [^\n]*${arg_MESSAGE}")
endfunction()

# tarn_elaborate(NAME BLOCK block TOP module [FILES extra.sv...] [PATHS file] [BLACKBOXES module...] [PARAMETERS Name=Value...]): ctest
# lint.elaborate.NAME, the synthesis front end accepts the block, and its combinational paths are those of the file; skipped
# (and said so) where the front end is not installed.
function(tarn_elaborate name)
  cmake_parse_arguments(arg "" "BLOCK;TOP;PATHS" "FILES;PARAMETERS;BLACKBOXES" ${ARGN})
  set(args)
  foreach(module IN LISTS arg_BLACKBOXES)
    list(APPEND args --blackbox ${module})
  endforeach()
  if(arg_PATHS)
    list(APPEND args --paths ${arg_PATHS})
  endif()
  foreach(parameter IN LISTS arg_PARAMETERS)
    list(APPEND args --parameter ${parameter})
  endforeach()
  get_property(files GLOBAL PROPERTY TARN_RTL_FILES_${arg_BLOCK})
  list(TRANSFORM arg_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(APPEND files ${arg_FILES})
  list(FILTER files EXCLUDE REGEX "\\.vlt$")
  add_test(NAME lint.elaborate.${name}
           COMMAND ${PROJECT_SOURCE_DIR}/scripts/elaborate --top ${arg_TOP} --include ${PROJECT_SOURCE_DIR}/rtl/common
                   ${args} ${files})
  set_tests_properties(lint.elaborate.${name} PROPERTIES LABELS lint SKIP_RETURN_CODE 77 COST 30)
endfunction()

# tarn_verilate(TARGET BLOCK block TOP module [CLASS class] [FILES extra.sv...] [PARAMETERS Name=Value...] [DEFINES D...] [TRACE|TRACE_PORTS] [BRIEF])
#   A static library with the Verilated TOP of a block, class V<TARGET> in V<TARGET>.h, or CLASS in its header: then a testbench made for that class takes it
#   in the place of the target that has its name. Assertions are on and X is
#   randomised per seed, always. TRACE (or -DTARN_TRACE=ON, as the debug preset has it) compiles FST tracing in; TRACE_PORTS
#   that of TOP's own signals alone, which costs little. BRIEF: it
#   runs for seconds only, so that compiling it is what costs time, and is optimised less. FILES are relative to the caller.
function(tarn_verilate target)
  cmake_parse_arguments(arg "TRACE;TRACE_PORTS;BRIEF" "BLOCK;TOP;CLASS" "FILES;PARAMETERS;DEFINES" ${ARGN})
  get_property(files GLOBAL PROPERTY TARN_RTL_FILES_${arg_BLOCK})
  set(class V${target})
  if(arg_CLASS)
    set(class ${arg_CLASS})
  endif()
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND files ${file})
  endforeach()
  set(args --assert -Wall --x-assign unique --x-initial unique -I${PROJECT_SOURCE_DIR}/rtl/common
           -I${CMAKE_CURRENT_SOURCE_DIR})
  foreach(parameter IN LISTS arg_PARAMETERS)
    list(APPEND args -G${parameter})
  endforeach()
  foreach(define IN LISTS arg_DEFINES)
    list(APPEND args +define+${define})
  endforeach()
  if(TARN_MUTANTS)
    list(PREPEND files ${PROJECT_SOURCE_DIR}/rtl/tarn_mutation_pkg.sv)
    list(APPEND args -Wno-lint -Wno-style -Wno-UNOPTFLAT)
  endif()
  set(trace)
  set(ports)
  if(arg_TRACE OR TARN_TRACE)
    set(trace TRACE_FST)
    # Larger memories, and parameters, stay out of waves: they would be a third of what there is to compile.
    list(APPEND args --trace-structs --trace-max-array 8 --no-trace-params)
  elseif(arg_TRACE_PORTS)
    set(ports TRACE_FST)
    list(APPEND args --trace-structs --trace-max-array 8 --no-trace-params --trace-depth 1)
  endif()
  add_library(${target} STATIC)
  if(NOT EXISTS ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/${class}.dir)
    message(STATUS "Verilating ${target}")
  endif()
  verilate(${target} SOURCES ${files} TOP_MODULE ${arg_TOP} PREFIX ${class} ${trace} ${ports}
           VERILATOR_ARGS ${args})
  tarn_share_verilated_runtime(${target})
  tarn_bundle_verilated_sources(${target} ${class} "${trace}${arg_BRIEF}")
  # Verilated code is not ours to warn about or to tidy; its headers are system headers to us.
  get_target_property(include_folders ${target} INCLUDE_DIRECTORIES)
  target_include_directories(${target} SYSTEM PUBLIC ${include_folders})
  # Nor to sanitize, nor to count which of its lines ran: that takes minutes to compile, and makes it ten times as slow.
  target_compile_options(${target} PRIVATE -w "$<$<CONFIG:Sanitize>:-O2;-fno-sanitize=all>"
                                           "$<$<CONFIG:Coverage>:-O2;-fno-profile-arcs;-fno-test-coverage>")
  set_target_properties(${target} PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
endfunction()

# tarn_share_verilated_runtime(TARGET): verilate() compiles Verilator's own runtime into each target, some 10 seconds
#   each; here it is taken out again and compiled once for all.
function(tarn_share_verilated_runtime target)
  get_target_property(sources ${target} SOURCES)
  set(runtime ${sources})
  list(FILTER runtime INCLUDE REGEX "/include/verilated[a-z_]*\\.cpp$")
  list(REMOVE_ITEM sources ${runtime})
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  if(NOT TARGET verilated_runtime)
    get_target_property(include_folders ${target} INCLUDE_DIRECTORIES)
    list(FILTER include_folders INCLUDE REGEX "/include(/vltstd)?$")
    add_library(verilated_runtime STATIC)
    if(TARN_MUTANTS)
      target_sources(verilated_runtime PRIVATE ${PROJECT_SOURCE_DIR}/scripts/lib/mutant_selection.cpp)
    endif()
    target_include_directories(verilated_runtime SYSTEM PUBLIC ${include_folders})
    target_compile_definitions(verilated_runtime PRIVATE VM_COVERAGE=0 VM_SC=0 VM_TRACE=1 VM_TRACE_VCD=0 VM_TRACE_FST=1)
    target_compile_options(verilated_runtime PRIVATE -w)
    target_link_libraries(verilated_runtime PUBLIC Threads::Threads ZLIB::ZLIB)
    set_target_properties(verilated_runtime PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
  endif()
  target_sources(verilated_runtime PRIVATE ${runtime})
  target_link_libraries(${target} PUBLIC verilated_runtime)
endfunction()

# tarn_bundle_verilated_sources(TARGET PREFIX LESS): Verilator writes a design as many small files, each of which costs about a
#   second for its headers alone; here eight go to one compilation, apart: what runs each cycle, and what runs once or
#   writes waves, which is most of a traced design and is not optimised: that would be half of a cold build. A design with
#   TRACE is slow for its waves: where LESS is true, what runs each cycle is optimised less.
function(tarn_bundle_verilated_sources target prefix less)
  get_target_property(sources ${target} SOURCES)
  set(kept)
  set(fast)
  set(slow)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "/${prefix}[^/]*\\.cpp$")
      list(APPEND kept ${source})
    elseif(source MATCHES "__Slow\\.cpp$|__Syms\\.cpp$|__Trace__[0-9]+\\.cpp$")
      list(APPEND slow ${source})
    else()
      list(APPEND fast ${source})
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES SOURCES "${kept}")
  foreach(kind fast slow)
    set(number 0)
    while(${kind})
      list(SUBLIST ${kind} 0 8 members)
      list(REMOVE_ITEM ${kind} ${members})
      set(bundle ${CMAKE_CURRENT_BINARY_DIR}/${target}_${kind}_${number}.cpp)
      list(TRANSFORM members REPLACE "(.+)" "#include \"\\1\"\n" OUTPUT_VARIABLE lines)
      list(JOIN lines "" lines)
      file(CONFIGURE OUTPUT ${bundle} CONTENT "${lines}")
      set_source_files_properties(${bundle} PROPERTIES OBJECT_DEPENDS "${members}")
      if(kind STREQUAL "slow")  # in quotes: there is a variable of that name
        set_source_files_properties(${bundle} PROPERTIES COMPILE_OPTIONS -O0)
      elseif(NOT less MATCHES "^(FALSE)?$")
        set_source_files_properties(${bundle} PROPERTIES COMPILE_OPTIONS -O1)
      endif()
      target_sources(${target} PRIVATE ${bundle})
      math(EXPR number "${number} + 1")
    endwhile()
  endforeach()
endfunction()

# tarn_library(NAME SOURCES… [LIBRARIES…] [TOGETHER]): one of our own C++ libraries. TOGETHER: its sources go to the
#   compiler as one, which spares reading the same headers again (half of the time where they are many; no two sources may
#   then have the same name for something of their own).
function(tarn_library name)
  cmake_parse_arguments(arg "TOGETHER" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC tarn_include ${arg_LIBRARIES} PRIVATE tarn_warnings)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${arg_TOGETHER})
endfunction()

# tarn_add_test(NAME LABEL unit|cosim|system|bench SOURCES… LIBRARIES… [TIMEOUT seconds] [LONG] [DEFINES… PREFIX prefix])
#   A GoogleTest program; each of its tests is a ctest of its own, under the label. LONG tests have the
#   label `long` instead: they run only with `scripts/test --long`. DEFINES make of the same sources another program,
#   and PREFIX begins the names of its tests.
function(tarn_add_test name)
  cmake_parse_arguments(arg "LONG" "LABEL;TIMEOUT;PREFIX" "SOURCES;LIBRARIES;DEFINES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(CMAKE_BUILD_TYPE MATCHES "^(Sanitize|Coverage)$")
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")  # our own code is slow there
  endif()
  if(arg_LONG)
    set(arg_LABEL long)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE tarn_include tarn_warnings ${arg_LIBRARIES} tb_main)
  target_compile_definitions(${name} PRIVATE ${arg_DEFINES})
  # What takes time to run stands in libraries; scenarios take time to compile.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  # Most of that is for the same headers again and again: a program's sources go to the compiler together, eight at a time.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # ctest starts dear tests first: a long one at the end would leave a core idle.
  set(cost_unit 1)
  set(cost_bench 10)
  set(cost_cosim 50)
  set(cost_system 100)
  set(cost_long 1)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 TEST_PREFIX "${arg_PREFIX}"
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} COST ${cost_${arg_LABEL}})
endfunction()

# tarn_add_formal(NAME BLOCK block TOP harness FILES harness.sv… [DEPTH n] [EXPECT proved|bounded|failed|covered]
#                 [PROPERTY name] [ENGINE pdr|induction|bmc|cover] [PARAMETERS…] [DEFINES…] [ZERO_START] [LONG] [TIMEOUT seconds])
#   ctest formal.NAME: runs scripts/formal on the harness (its --help says what the engines show). EXPECT failed
#   is for planted faults, and PROPERTY names the one that must fail. TIMEOUT is that of each step of the run. LONG: label
#   `long` instead, it runs only with `scripts/test --long`.
function(tarn_add_formal name)
  cmake_parse_arguments(arg "ZERO_START;LONG" "BLOCK;TOP;DEPTH;EXPECT;ENGINE;TIMEOUT;PROPERTY" "FILES;PARAMETERS;DEFINES" ${ARGN})
  get_property(files GLOBAL PROPERTY TARN_RTL_FILES_${arg_BLOCK})
  list(FILTER files EXCLUDE REGEX "\\.vlt$")
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND files ${file})
  endforeach()
  set(args --name ${name} --top ${arg_TOP} --include ${PROJECT_SOURCE_DIR}/rtl/common
           --work ${CMAKE_BINARY_DIR}/formal/${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  foreach(option DEPTH EXPECT ENGINE TIMEOUT PROPERTY)
    if(arg_${option})
      string(TOLOWER ${option} flag)
      list(APPEND args --${flag} ${arg_${option}})
    endif()
  endforeach()
  if(arg_ZERO_START)
    list(APPEND args --zero-start)
  endif()
  foreach(parameter IN LISTS arg_PARAMETERS)
    list(APPEND args --parameter ${parameter})
  endforeach()
  foreach(define IN LISTS arg_DEFINES)
    list(APPEND args --define ${define})
  endforeach()
  # Translation, assertions and covers each have the time-out; ctest's own is only there for a runner that hangs.
  math(EXPR ctest_timeout "4 * ${arg_TIMEOUT}")
  add_test(NAME formal.${name} COMMAND ${PROJECT_SOURCE_DIR}/scripts/formal ${args} ${files})
  set(label formal)
  if(arg_LONG)
    set(label long)
  endif()
  set_tests_properties(formal.${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT ${ctest_timeout} COST 20)
endfunction()

# tarn_add_fuzz(NAME SECONDS n SOURCES… [LINK…]): ctest long.fuzz.NAME, scripts/fuzz on the sources (which clang compiles anew, with
#   its sanitizers) for so long.
function(tarn_add_fuzz name)
  cmake_parse_arguments(arg "" "SECONDS" "SOURCES;LINK" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/)
  add_test(NAME long.fuzz.${name} COMMAND ${PROJECT_SOURCE_DIR}/scripts/fuzz ${name} ${arg_SECONDS} ${CMAKE_BINARY_DIR}/fuzz/${name}
                                          ${arg_SOURCES} -- ${arg_LINK})
  math(EXPR timeout "${arg_SECONDS} + 600")
  set_tests_properties(long.fuzz.${name} PROPERTIES LABELS long SKIP_RETURN_CODE 77 TIMEOUT ${timeout})
endfunction()

# tarn_add_bench(NAME TARGET target|SCRIPT file [ARGUMENTS …]): a program that measures. It takes `--json FILE` and writes there an
#   object from figure name to {"value": number, "unit": "…"}; with `--quick` it measures as little as still runs all
#   of its code. scripts/bench runs it whole, one program at a time; ctest (label bench) runs it with --quick.
function(tarn_add_bench name)
  cmake_parse_arguments(arg "" "TARGET;SCRIPT" "ARGUMENTS" ${ARGN})
  set(json ${CMAKE_BINARY_DIR}/bench/${name}.json)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  add_test(NAME bench.${name} COMMAND ${arg_TARGET} ${arg_SCRIPT} ${arg_ARGUMENTS} --quick --json ${json}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(bench.${name} PROPERTIES LABELS bench TIMEOUT 120 SKIP_RETURN_CODE 77)
  if(arg_SCRIPT)
    set(words "\"${arg_SCRIPT}\"")
  else()
    set(words "\"$<TARGET_FILE:${arg_TARGET}>\"")
  endif()
  foreach(argument IN LISTS arg_ARGUMENTS)
    string(APPEND words ", \"${argument}\"")
  endforeach()
  set_property(GLOBAL APPEND PROPERTY TARN_BENCH_PROGRAMS "\"${name}\": [${words}]")
endfunction()

# tarn_write_bench_list(): after the last tarn_add_bench, tells scripts/bench what there is.
function(tarn_write_bench_list)
  get_property(programs GLOBAL PROPERTY TARN_BENCH_PROGRAMS)
  list(JOIN programs ",\n " programs)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/bench_programs.json CONTENT "{${programs}}\n")
endfunction()
