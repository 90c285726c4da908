// Types and encodings shared by the modules of the IOMMU (RISC-V IOMMU Architecture 1.0).
package tarn_iommu_pkg;
  import tarn_line_pkg::*;

  localparam int unsigned VpnBits    = 52;  // page number, as the device sends it
  localparam int unsigned PpnBits    = 44;  // page number of a host physical address: capabilities.PAS is 56
  localparam int unsigned Sv39Bits   = 27;  // page number bits that Sv39 translates
  localparam int unsigned PscidBits  = 20;
  localparam int unsigned BurstBits  = 10;  // names an AXI burst while its lines wait: {not a read, sequence}; see README, Known limits
  localparam int unsigned NumVectors = 4;   // interrupt vectors, wires and entries of msi_cfg_tbl

  // What the unit can do: the register `capabilities` (section 6.3), less its version, IGS (both) and PAS (56).
  // A feature that is absent reads so there, its registers read 0, and what asks for it is misconfigured or illegal.
  typedef struct packed {
    logic range_inval, non_leaf_inval;
    logic qosid;
    logic pd20, pd17, pd8;
    logic dbg, hpm;
    logic both_endian;
    logic t2gpa, ats;
    logic amo_hwad;
    logic msi_mrif, msi_flat, amo_mrif;
    logic sv57x4, sv48x4, sv39x4, sv32x4;
    logic svpbmt, svrsw60t59b;
    logic sv57, sv48, sv39, sv32;
  } capabilities_t;

  localparam capabilities_t DefaultCapabilities = '{
    range_inval:    tarn_iommu_regs_pkg::HasRangeInvalDefault,
    non_leaf_inval: tarn_iommu_regs_pkg::HasNonLeafInvalDefault,
    qosid:          tarn_iommu_regs_pkg::HasQosidDefault,
    pd20:           tarn_iommu_regs_pkg::HasPd20Default,
    pd17:           tarn_iommu_regs_pkg::HasPd17Default,
    pd8:            tarn_iommu_regs_pkg::HasPd8Default,
    dbg:            tarn_iommu_regs_pkg::HasDbgDefault,
    hpm:            tarn_iommu_regs_pkg::HasHpmDefault,
    both_endian:    tarn_iommu_regs_pkg::HasBothEndianDefault,
    t2gpa:          tarn_iommu_regs_pkg::HasT2gpaDefault,
    ats:            tarn_iommu_regs_pkg::HasAtsDefault,
    amo_hwad:       tarn_iommu_regs_pkg::HasAmoHwadDefault,
    msi_mrif:       tarn_iommu_regs_pkg::HasMsiMrifDefault,
    msi_flat:       tarn_iommu_regs_pkg::HasMsiFlatDefault,
    amo_mrif:       tarn_iommu_regs_pkg::HasAmoMrifDefault,
    sv57x4:         tarn_iommu_regs_pkg::HasSv57x4Default,
    sv48x4:         tarn_iommu_regs_pkg::HasSv48x4Default,
    sv39x4:         tarn_iommu_regs_pkg::HasSv39x4Default,
    sv32x4:         tarn_iommu_regs_pkg::HasSv32x4Default,
    svpbmt:         tarn_iommu_regs_pkg::HasSvpbmtDefault,
    svrsw60t59b:    tarn_iommu_regs_pkg::HasSvrsw60t59bDefault,
    sv57:           tarn_iommu_regs_pkg::HasSv57Default,
    sv48:           tarn_iommu_regs_pkg::HasSv48Default,
    sv39:           tarn_iommu_regs_pkg::HasSv39Default,
    sv32:           tarn_iommu_regs_pkg::HasSv32Default
  };

  // CAUSE of a fault record (section 4.2).
  typedef logic [11:0] cause_t;
  localparam cause_t CauseInstructionAccessFault   = 12'd1;
  localparam cause_t CauseReadAccessFault          = 12'd5;
  localparam cause_t CauseWriteAccessFault         = 12'd7;
  localparam cause_t CauseInstructionPageFault     = 12'd12;
  localparam cause_t CauseReadPageFault            = 12'd13;
  localparam cause_t CauseWritePageFault           = 12'd15;
  localparam cause_t CauseAllInboundDisallowed     = 12'd256;
  localparam cause_t CauseDdtEntryLoadAccessFault  = 12'd257;
  localparam cause_t CauseDdtEntryNotValid         = 12'd258;
  localparam cause_t CauseDdtEntryMisconfigured    = 12'd259;
  localparam cause_t CauseTransactionTypeDisallowed = 12'd260;
  localparam cause_t CauseMrifAccessFault          = 12'd264;
  localparam cause_t CauseDdtDataCorruption        = 12'd268;
  localparam cause_t CauseMrifDataCorruption       = 12'd271;
  localparam cause_t CauseMsiWriteAccessFault      = 12'd273;
  localparam cause_t CausePtDataCorruption         = 12'd274;

  // TTYP of a fault record (section 4.2).
  typedef logic [5:0] ttyp_t;
  localparam ttyp_t TtypNone              = 6'd0;
  localparam ttyp_t TtypUntranslatedExec  = 6'd1;
  localparam ttyp_t TtypUntranslatedRead  = 6'd2;
  localparam ttyp_t TtypUntranslatedWrite = 6'd3;
  localparam ttyp_t TtypTranslatedExec    = 6'd5;
  localparam ttyp_t TtypTranslatedRead    = 6'd6;
  localparam ttyp_t TtypTranslatedWrite   = 6'd7;
  localparam ttyp_t TtypAtsRequest        = 6'd8;
  localparam ttyp_t TtypMessage           = 6'd9;

  // ddtp.iommu_mode (section 6.5).
  typedef enum logic [3:0] {
    ModeOff   = 4'd0,
    ModeBare  = 4'd1,
    ModeLvl1  = 4'd2,
    ModeLvl2  = 4'd3,
    ModeLvl3  = 4'd4
  } mode_e;

  typedef struct packed {
    mode_e              mode;
    logic [PpnBits-1:0] ppn;
  } ddtp_t;

  typedef enum logic [1:0] {
    AccessRead,
    AccessWrite,   // atomics too
    AccessExecute
  } access_e;

  // What asks: the address types of a device's request, and messages.
  typedef enum logic [1:0] {
    KindUntranslated,
    KindTranslationRequest,
    KindTranslated,
    KindMessage  // a page request of the device message port
  } kind_e;

  // Requests with the same page share a walk, and keep their order.
  typedef struct packed {
    kind_e              kind;
    logic [23:0]        device_id;
    logic               process_valid;
    logic [19:0]        process_id;
    logic [VpnBits-1:0] vpn;
  } page_t;

  // What a device context says (base format, section 3.1), as far as it is kept.
  typedef struct packed {
    logic                 dtf;        // faults of translation are not reported
    logic                 en_ats;     // translation requests and translated requests are allowed
    logic                 en_pri;     // page requests are
    logic                 prpr;       // answers to page requests have the process_id
    logic                 pdtv;       // requests may have a process_id
    logic                 sv39;       // else bare
    logic [PscidBits-1:0] pscid;
    logic [PpnBits-1:0]   root_ppn;
  } context_t;

  typedef enum logic [1:0] {
    Size4K,
    Size64K,  // Svnapot
    Size2M,
    Size1G
  } size_e;

  // A leaf page-table entry with A set; kept only if V is.
  typedef struct packed {
    size_e              size;
    logic               readable;
    logic               writable;
    logic               executable;
    logic               user;
    logic               accessed;
    logic               dirty;
    logic [PpnBits-1:0] ppn;  // of the leaf: low bits of a larger page do not count
  } leaf_t;

  // How a translation ended, before the permissions of the request itself are looked at.
  typedef enum logic [2:0] {
    ResultLeaf,
    ResultBare,         // identity
    ResultFault,        // cause says which
    ResultPageFault,    // cause by access
    ResultAccessFault,  // cause by access
    ResultStatus        // the memory under the tables asks to try again: no fault, status says which
  } result_kind_e;

  typedef struct packed {
    result_kind_e kind;
    leaf_t        leaf;
    cause_t       cause;
    status_e      status;
    logic         dtf;
    logic         prpr;  // of the device context, for a message
  } result_t;

  // A request in the lookup pipeline; the rest of it stands in its slot.
  typedef struct packed {
    page_t      page;
    access_e    access;
    logic [7:0] slot;
  } lookup_t;

  // A slot: the request as it came, or a message in its clothes.
  typedef struct packed {
    logic                 message;
    logic                 debug;    // software's, of the debug interface
    logic [BurstBits-1:0] burst;
    dev_req_t             req;
  } slot_t;

  // What an invalidation command hits.
  typedef enum logic [1:0] {
    InvalAll,       // IOTINVAL.VMA: every translation
    InvalMatching,  // IOTINVAL.VMA: the translations that match its operands
    InvalContexts   // IODIR.INVAL_DDT
  } inval_kind_e;

  typedef struct packed {
    inval_kind_e          kind;
    logic                 by_device;
    logic [23:0]          device_id;
    logic                 by_address;
    logic [VpnBits-1:0]   vpn;
    logic                 by_pscid;
    logic [PscidBits-1:0] pscid;
  } inval_t;

  typedef struct packed {
    logic [Sv39Bits-1:0]  vpn;
    logic [PscidBits-1:0] pscid;
    leaf_t                leaf;
    logic [1:0]           way;
  } tlb_fill_t;

  typedef struct packed {
    logic [23:0] device_id;
    context_t    value;
  } context_fill_t;

  typedef struct packed {
    cause_t      cause;
    ttyp_t       ttyp;
    logic [23:0] device_id;
    logic [19:0] process_id;
    logic        process_valid;
    logic        priv;
    logic [63:0] iotval;
  } fault_t;

  // A write of 4 bytes that a command or an interrupt makes.
  typedef struct packed {
    logic [55:0] addr;  // multiple of 4
    logic [31:0] data;
  } word_write_t;

  function automatic access_e access_of(op_e op, logic exec);
    if (op != OpRead) return AccessWrite;
    return exec ? AccessExecute : AccessRead;
  endfunction

  // May the access use the leaf? Requests without a process_id are made with user privilege (section 2.3), and
  // without a process directory there are no others that reach a page table.
  function automatic logic is_permitted(leaf_t leaf, access_e access);
    logic allowed;
    unique case (access)
      AccessWrite:   allowed = leaf.writable && leaf.dirty;
      AccessExecute: allowed = leaf.executable;
      default:       allowed = leaf.readable;
    endcase
    return allowed && leaf.user && leaf.accessed;
  endfunction

  function automatic cause_t page_fault_of(access_e access);
    unique case (access)
      AccessWrite:   return CauseWritePageFault;
      AccessExecute: return CauseInstructionPageFault;
      default:       return CauseReadPageFault;
    endcase
  endfunction

  function automatic cause_t access_fault_of(access_e access);
    unique case (access)
      AccessWrite:   return CauseWriteAccessFault;
      AccessExecute: return CauseInstructionAccessFault;
      default:       return CauseReadAccessFault;
    endcase
  endfunction

  // The number of low page-number bits that a page of this size leaves alone.
  function automatic logic [17:0] offset_mask(size_e size);
    unique case (size)
      Size64K: return 18'h0000f;
      Size2M:  return 18'h001ff;
      Size1G:  return 18'h3ffff;
      default: return 18'h00000;
    endcase
  endfunction

  // Sv39: bits 63:39 of the address must equal bit 38.
  function automatic logic is_canonical(logic [VpnBits-1:0] vpn);
    return vpn[VpnBits-1:Sv39Bits-1] == '0 || vpn[VpnBits-1:Sv39Bits-1] == '1;
  endfunction

  function automatic logic is_wide_device(mode_e mode, logic [23:0] device_id);
    return (mode == ModeLvl1 && device_id[23:7] != '0) || (mode == ModeLvl2 && device_id[23:16] != '0);
  endfunction

  // The set of the translation cache that may hold a 4 KiB page; the caller takes the low bits that it needs.
  // Address spaces that use the same addresses spread: pscid comes in with its bits reversed.
  function automatic logic [11:0] set_of(logic [Sv39Bits-1:0] vpn, logic [PscidBits-1:0] pscid);
    return {vpn[11:7], vpn[6:0] ^ vpn[13:7] ^
            {pscid[0], pscid[1], pscid[2], pscid[3], pscid[4], pscid[5], pscid[6]}};
  endfunction

  function automatic result_t fault_result(cause_t cause, logic dtf);
    result_t result;
    result       = '0;
    result.kind  = ResultFault;
    result.cause = cause;
    result.dtf   = dtf;
    return result;
  endfunction

  function automatic result_t plain_result(result_kind_e kind, logic dtf);
    result_t result;
    result      = '0;
    result.kind = kind;
    result.dtf  = dtf;
    return result;
  endfunction
  // Where a walk stands.
  typedef enum logic [1:0] {
    PhaseDirectory,  // reads a non-leaf entry of the device directory
    PhaseContext,    // reads a device context
    PhaseTable       // reads a page-table entry
  } phase_e;

  typedef struct packed {
    phase_e             phase;
    logic [1:0]         level;  // of the entry read next, 0 is the leaf's
    logic [PpnBits-1:0] ppn;    // of the table that it stands in
    context_t           value;  // PhaseTable: the device's context
  } walk_t;

  // A walk from the very beginning.
  function automatic walk_t first_step(ddtp_t ddtp);
    walk_t walk;
    walk       = '0;
    walk.level = ddtp.mode == ModeLvl3 ? 2'd2 : ddtp.mode == ModeLvl2 ? 2'd1 : 2'd0;
    walk.phase = ddtp.mode == ModeLvl1 ? PhaseContext : PhaseDirectory;
    walk.ppn   = ddtp.ppn;
    return walk;
  endfunction

  // Where the entry stands that the step reads (base-format contexts: 7, 9 and 8 bits of device_id).
  function automatic logic [55:0] step_addr(page_t page, walk_t walk);
    unique case (walk.phase)
      PhaseDirectory: return {walk.ppn, walk.level == 2'd2 ? {1'b0, page.device_id[23:16]} : page.device_id[15:7], 3'b0};
      PhaseContext:   return {walk.ppn, page.device_id[6:0], 5'b0};
      default: begin
        unique case (walk.level)
          2'd2:    return {walk.ppn, page.vpn[26:18], 3'b0};
          2'd1:    return {walk.ppn, page.vpn[17:9], 3'b0};
          default: return {walk.ppn, page.vpn[8:0], 3'b0};
        endcase
      end
    endcase
  endfunction

  // What a device context alone decides (section 3.3, steps 7 to 17; section 3.7), and whether it does.
  function automatic logic is_disallowed(page_t page, context_t value);
    if (page.kind == KindMessage) return !value.en_pri;
    return (page.kind != KindUntranslated && !value.en_ats) || (page.process_valid && !value.pdtv);
  endfunction
  function automatic logic context_result_valid(page_t page, context_t value);
    return is_disallowed(page, value) || page.kind inside {KindMessage, KindTranslated} || !value.sv39 ||
           !is_canonical(page.vpn);
  endfunction
  function automatic result_t context_result(page_t page, context_t value);
    result_t result;
    result = plain_result(value.sv39 && !(page.kind inside {KindMessage, KindTranslated}) ? ResultPageFault : ResultBare,
                          value.dtf);
    if (is_disallowed(page, value)) result = fault_result(CauseTransactionTypeDisallowed, value.dtf);
    result.prpr = value.prpr;
    return result;
  endfunction
endpackage : tarn_iommu_pkg
