# The replacement policy by itself: RTL and golden model.
tarn_lint(pool_policy BLOCK pool TOP tarn_pool_policy)
tarn_elaborate(pool_policy BLOCK pool TOP tarn_pool_policy)
set(policy_top BLOCK pool TOP policy_top FILES ../../tb/pool/policy_top.sv)
tarn_verilate(policy_small ${policy_top} PARAMETERS NumSlots=64 NumHosts=2 SegmentsPerHost=256 ShadowFrames=16 EpochMisses=32)
tarn_verilate(policy_odd ${policy_top} PARAMETERS NumSlots=23 NumHosts=3 SegmentsPerHost=64 SpareSlots=2 ShadowFrames=16 EpochMisses=16)
# As a board has it: one rule for good.
tarn_verilate(policy_fixed ${policy_top} PARAMETERS NumSlots=64 NumHosts=2 SegmentsPerHost=256 ShadowFrames=0)
tarn_lint(pool_policy.fixed BLOCK pool TOP tarn_pool_policy PARAMETERS ShadowFrames=0)
tarn_elaborate(pool_policy.fixed BLOCK pool TOP tarn_pool_policy PARAMETERS ShadowFrames=0)
tarn_add_test(policy_model_test LABEL unit SOURCES policy_model_test.cpp LIBRARIES models_pool_policy)
tarn_add_test(policy_cosim_test LABEL cosim SOURCES policy_cosim_test.cpp LIBRARIES tb_policy policy_small policy_odd policy_fixed)
# As the pool has it, with the largest windows.
tarn_verilate(policy_default ${policy_top} PARAMETERS NumSlots=4096 NumHosts=4 SegmentsPerHost=16777216 ShadowFrames=512 EpochMisses=512)
tarn_add_test(policy_cosim_long_test LABEL cosim SOURCES policy_cosim_long_test.cpp
              LIBRARIES tb_policy policy_small policy_odd policy_default LONG TIMEOUT 600)
tarn_add_test(policy_trace_test LABEL cosim SOURCES policy_trace_test.cpp LIBRARIES tb_policy tarn_policy policy_default)
target_compile_definitions(policy_trace_test PRIVATE TARN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
# An access in every cycle is never lost (formal.cmake has pool_proof).
pool_proof(every_hit_reaches_the_hand policy_hits)
pool_proof(a_hit_lost_behind_another_is_found policy_hits PARAMETERS Fault=1 EXPECT failed PROPERTY HandSeesAllHits)
