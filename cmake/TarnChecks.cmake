# Checks of the tree itself, and the list for scripts/bench.
tarn_write_bench_list()

# What scripts/generate_registers makes from the register descriptions is what stands in the tree.
add_test(NAME lint.registers_fresh
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_registers --check)
# Likewise the packages and headers of the protocols' messages.
add_test(NAME lint.protocols_fresh
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_protocol --check)
# Likewise the lists by which other flows take the RTL.
add_test(NAME lint.packaging_fresh
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_packaging --check)
set_tests_properties(lint.registers_fresh lint.protocols_fresh lint.packaging_fresh PROPERTIES LABELS lint)

# tarn_lint_tree(CHECK): ctest lint.CHECK, scripts/lint on our own files.
function(tarn_lint_tree check)
  add_test(NAME lint.${check} COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/lint ${check}
                                      --build ${CMAKE_BINARY_DIR})
  set_tests_properties(lint.${check} PROPERTIES LABELS lint SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()

tarn_lint_tree(tree)
tarn_lint_tree(format)
tarn_lint_tree(shell)
tarn_lint_tree(tidy)
# Two at a time on their own: no other test beside it, or all are late.
set_tests_properties(lint.tidy PROPERTIES PROCESSORS 2 COST 200)

# The long set: every file tidied, and all quick tests once more under the sanitizers.
add_test(NAME long.tidy_whole_tree
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/lint tidy --all --build ${CMAKE_BINARY_DIR})
set_tests_properties(long.tidy_whole_tree PROPERTIES LABELS long SKIP_RETURN_CODE 77 TIMEOUT 7200 PROCESSORS 2)
if(NOT CMAKE_BUILD_TYPE STREQUAL Sanitize AND NOT CMAKE_BUILD_TYPE STREQUAL Coverage)
  foreach(preset sanitizers coverage)
    add_test(NAME long.tests_under_${preset} COMMAND ${PROJECT_SOURCE_DIR}/scripts/lib/test_preset ${preset})
    set_tests_properties(long.tests_under_${preset} PROPERTIES LABELS long TIMEOUT 7200 PROCESSORS 2)
  endforeach()
endif()
