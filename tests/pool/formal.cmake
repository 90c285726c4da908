# What the pool's parts promise, proved without a bound; each with a planted fault that is found.
function(pool_proof name top)
  tarn_add_formal(pool.${name} BLOCK pool TOP ${top}_formal FILES ${PROJECT_SOURCE_DIR}/tb/pool/formal/${top}_formal.sv
                  ${ARGN})
endfunction()

pool_proof(a_slot_has_one_owner_and_none_is_lost slots)
pool_proof(a_slot_kept_after_giving_it_back_is_found slots PARAMETERS Fault=1 EXPECT failed PROPERTY OneOwner)
pool_proof(quiet_is_never_told_too_early drain)
pool_proof(an_uncounted_request_is_found drain PARAMETERS Fault=1 EXPECT failed PROPERTY NotToldTooEarly)
# Counters are cleared after reset, whatever they hold; that they start at 0 here saves most of the time.
pool_proof(hotness_counts_are_exact hotness ZERO_START TIMEOUT 300)
pool_proof(hotness_always_on_is_exact hotness ZERO_START TIMEOUT 300 PARAMETERS AlwaysOn=1)
pool_proof(hotness_counts_of_the_other_slot_are_exact hotness ZERO_START TIMEOUT 300 PARAMETERS Slot=1)
pool_proof(hotness_always_on_is_exact_for_the_other_slot hotness ZERO_START TIMEOUT 300 PARAMETERS AlwaysOn=1 Slot=1)
pool_proof(hotness_lost_forwarding_is_found hotness ZERO_START PARAMETERS Fault=1 DEFINES TARN_PLANT EXPECT failed PROPERTY JudgedOnce)
pool_proof(hotness_count_across_the_epoch_is_found hotness ZERO_START PARAMETERS Fault=2 DEFINES TARN_PLANT EXPECT failed PROPERTY CountIsExact)
pool_proof(hotness_lost_forwarding_is_found_always_on hotness ZERO_START PARAMETERS Fault=1 AlwaysOn=1 DEFINES TARN_PLANT EXPECT failed PROPERTY ThresholdIsExact)
pool_proof(below_its_floor_a_host_may_take_an_engine engine_shares)
pool_proof(engines_taken_without_asking_are_found engine_shares PARAMETERS Fault=1 EXPECT failed PROPERTY BelowItsFloorAHostMayTakeOne)
pool_proof(walks_that_do_not_wait_for_their_turn_are_found engine_shares PARAMETERS Fault=2 EXPECT failed PROPERTY WalksTakeTurnsWithParkedRequests)
pool_proof(hosts_go_in_turn_by_their_weights host_turns)
pool_proof(a_turn_too_many_is_found host_turns PARAMETERS Fault=1 EXPECT failed PROPERTY OthersHaveTheirWeightsAtMost)
pool_proof(evictions_of_a_host_are_capped eviction_caps)
pool_proof(an_eviction_beyond_the_cap_is_found eviction_caps PARAMETERS Fault=1 EXPECT failed PROPERTY NoMoreThanTheCap)
# A counter's turn comes every 16 to 24 cycles.
pool_proof(counters_are_exact counters ENGINE bmc DEPTH 26 TIMEOUT 300)
pool_proof(a_count_lost_by_a_read_is_found counters ENGINE bmc DEPTH 24 PARAMETERS Fault=1 EXPECT failed PROPERTY CountIsExact)
pool_proof(the_next_mark_is_found optimum_marks)
pool_proof(a_mark_that_was_not_set_is_found optimum_marks PARAMETERS Fault=1 EXPECT failed PROPERTY FindsTheNextOne)

# The pool's promises over the composition of its parts; guided, runs to what takes long, and faults, each of which breaks the promise that
# its cover names. The depth is that of a leg.
set(pool_parts pool_formal_pkg.sv pool_guide_formal.sv pool_parts_formal.sv pool_formal.sv)
list(TRANSFORM pool_parts PREPEND ${PROJECT_SOURCE_DIR}/tb/pool/formal/)
tarn_add_formal(pool.slots_pages_and_floors_are_kept BLOCK pool TOP pool_formal FILES ${pool_parts} ENGINE induction ZERO_START DEPTH 16 TIMEOUT 300)
tarn_add_formal(pool.planted_faults_break_what_is_kept BLOCK pool TOP pool_formal FILES ${pool_parts} ENGINE cover ZERO_START DEPTH 36 TIMEOUT 300
                PARAMETERS Guided=1 DEFINES TARN_PLANT)

# The map unit: an entry is never older than what was written last.
set(pool_map ${PROJECT_SOURCE_DIR}/tb/pool/formal/map_formal.sv)
tarn_add_formal(pool.a_map_entry_is_what_was_written_last BLOCK pool TOP map_formal FILES ${pool_map} ENGINE induction ZERO_START TIMEOUT 300)
tarn_add_formal(pool.planted_faults_find_an_old_map_entry BLOCK pool TOP map_formal FILES ${pool_map} ENGINE cover ZERO_START DEPTH 36 TIMEOUT 300
                PARAMETERS Guided=1 DEFINES TARN_PLANT)
