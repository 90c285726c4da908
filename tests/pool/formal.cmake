# What the pool's parts promise, proved without a bound; each with a planted fault that is found.
function(pool_proof name top)
  tarn_add_formal(pool.${name} BLOCK pool TOP ${top}_formal FILES ${PROJECT_SOURCE_DIR}/tb/pool/formal/${top}_formal.sv
                  ${ARGN})
endfunction()

pool_proof(a_slot_has_one_owner_and_none_is_lost slots)
pool_proof(a_slot_kept_after_giving_it_back_is_found slots PARAMETERS Fault=1 EXPECT failed PROPERTY OneOwner)
pool_proof(quiet_is_never_told_too_early drain)
pool_proof(an_uncounted_request_is_found drain PARAMETERS Fault=1 EXPECT failed PROPERTY NotToldTooEarly)
