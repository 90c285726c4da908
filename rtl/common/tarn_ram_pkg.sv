// What a read returns when it meets a write to the same word in the same cycle.
package tarn_ram_pkg;
  typedef enum logic [1:0] {
    RamReadOld     = 2'd0,  // the word as it was before the write
    RamReadNew     = 2'd1,  // the word as the write leaves it (a bypass beside the RAM)
    RamNoCollision = 2'd2,  // the user never does it: checked by assertion, and free in hardware
    RamAny         = 2'd3   // anything, of the lanes written: the user does not look at it; free in hardware, wrong in simulation
  } collision_e;
endpackage : tarn_ram_pkg
