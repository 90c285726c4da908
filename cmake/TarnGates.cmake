# Gate-level checks: a block's tests once more, on the netlist that synthesis made of the block.

# tarn_gates(TARGET BLOCK block TOP module CLASS V... [PARAMETERS Name=Value...] [DEFINES D...]): a library in the place of
#   tarn_verilate's of that class, with the netlist of TOP in gates (scripts/gates) instead of its RTL. Nothing of it is
#   built unless something that needs it is.
function(tarn_gates target)
  cmake_parse_arguments(arg "" "BLOCK;TOP;CLASS" "PARAMETERS;DEFINES" ${ARGN})
  get_property(files GLOBAL PROPERTY TARN_RTL_FILES_${arg_BLOCK})
  list(FILTER files EXCLUDE REGEX "\\.vlt$")
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(MAKE_DIRECTORY ${folder})
  set(packages ${files})
  list(FILTER packages INCLUDE REGEX "_pkg\\.sv$")
  list(TRANSFORM arg_PARAMETERS PREPEND "-G" OUTPUT_VARIABLE wrapper_parameters)
  list(TRANSFORM arg_DEFINES PREPEND "+define+" OUTPUT_VARIABLE wrapper_defines)
  list(TRANSFORM arg_PARAMETERS PREPEND "--parameter=")
  list(TRANSFORM arg_DEFINES PREPEND "--define=")
  add_custom_command(
    OUTPUT ${folder}/netlist.v ${folder}/wrapper.sv
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/gates --top ${arg_TOP} --timeout 1800 --include ${PROJECT_SOURCE_DIR}/rtl/common ${arg_PARAMETERS} ${arg_DEFINES}
            --output ${folder}/netlist.v --wrapper ${folder}/wrapper.sv ${files}
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/scripts/gates ${PROJECT_SOURCE_DIR}/scripts/lib/gates_wrapper.py
    COMMENT "Netlist of ${arg_TOP} in gates" VERBATIM)
  set(archive ${folder}/${arg_CLASS}__ALL.a)
  # -Wno-fatal, -Wno-lint, -Wno-style: Verilator's warnings are about style and widths of what people write; a netlist is written by Yosys, which checked it itself
  # (scripts/gates: latches, loops, drivers), and the RTL that it was made of is linted without exceptions.
  # -fno-const-bit-op-tree: Verilator 5.006 evaluates some trees of XOR with a NOT between them wrongly when it joins them (seen in an IOMMU: parity of 154 bits);
  # in a netlist there are thousands.
  add_custom_command(
    OUTPUT ${archive} ${folder}/${arg_CLASS}.h
    COMMAND ${VERILATOR_BIN} --cc --build -j 1 --prefix ${arg_CLASS} --top-module ${arg_TOP} --Mdir ${folder} -Wno-fatal -Wno-lint -Wno-style
            -fno-const-bit-op-tree --x-assign unique --x-initial unique -CFLAGS -O0 -I${PROJECT_SOURCE_DIR}/rtl/common ${wrapper_parameters} ${wrapper_defines} ${packages}
            ${folder}/wrapper.sv ${folder}/netlist.v > ${folder}/verilator.log 2>&1
    DEPENDS ${folder}/netlist.v ${folder}/wrapper.sv
    COMMENT "Verilating ${arg_TOP} in gates" VERBATIM)
  add_custom_target(${target}_archive DEPENDS ${archive})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_archive)
  target_include_directories(${target} SYSTEM INTERFACE ${folder})
  target_link_libraries(${target} INTERFACE ${archive} verilated_runtime)
endfunction()

# tarn_add_gates_test(NAME BLOCK block SOURCES… LIBRARIES… FILTER gtest-filter [LONG]): ctest gates.<block>, some of a test
#   program's tests on the block's gates. Built when it is run; skipped (and said so) without the synthesis front end. LONG: the
#   netlist takes minutes, so that it is part of the long set.
function(tarn_add_gates_test name)
  cmake_parse_arguments(arg "LONG" "BLOCK;FILTER" "SOURCES;LIBRARIES" ${ARGN})
  set(label gates)
  if(arg_LONG)
    set(label long)
  endif()
  add_executable(${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE tarn_include tarn_warnings ${arg_LIBRARIES} tb_main)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  # The headers are there only once the netlist was made; the same sources are tidied as the RTL's test.
  set_target_properties(${name} PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
  add_test(NAME gates.${arg_BLOCK}.build COMMAND ${PROJECT_SOURCE_DIR}/scripts/gates --build ${CMAKE_BINARY_DIR} ${name})
  # Two builds in one folder would be in each other's way.
  set_tests_properties(gates.${arg_BLOCK}.build PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 FIXTURES_SETUP gates_${arg_BLOCK}
                       RESOURCE_LOCK build_folder TIMEOUT 3600 COST 150)
  add_test(NAME gates.${arg_BLOCK} COMMAND ${name} --gtest_filter=${arg_FILTER})
  set_tests_properties(gates.${arg_BLOCK} PROPERTIES LABELS ${label} FIXTURES_REQUIRED gates_${arg_BLOCK} TIMEOUT 1200)
endfunction()
