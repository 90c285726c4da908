# Checks of the tree itself.

# What scripts/generate_registers makes from the register descriptions is what stands in the tree.
add_test(NAME lint.registers_fresh
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_registers --check)
# Likewise the packages and headers of the protocols' messages.
add_test(NAME lint.protocols_fresh
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_protocol --check)
set_tests_properties(lint.registers_fresh lint.protocols_fresh PROPERTIES LABELS lint)
