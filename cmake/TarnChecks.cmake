# Checks of the tree itself.

# What scripts/generate_registers makes from the register descriptions is what stands in the tree.
add_test(NAME lint.registers_fresh
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/generate_registers --check)
set_tests_properties(lint.registers_fresh PROPERTIES LABELS lint)
