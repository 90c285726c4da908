// Types and encodings shared by the modules of the IOMMU (RISC-V IOMMU Architecture 1.0).
package tarn_iommu_pkg;
  import tarn_line_pkg::*;

  localparam int unsigned VpnBits    = 52;  // page number, as the device sends it; also of a guest physical address
  localparam int unsigned PpnBits    = 44;  // page number of a host physical address: capabilities.PAS is 56
  localparam int unsigned TagVpnBits = 47;  // page number bits that any scheme translates (Sv57x4)
  localparam int unsigned PscidBits  = 20;
  localparam int unsigned GscidBits  = 16;
  localparam int unsigned MsiBits    = 47;  // of a guest page number that may hold an interrupt file (MGPAW is 59 at most)
  localparam int unsigned BurstBits  = 10;  // names an AXI burst while its lines wait: wide enough for the names of tarn_iommu_bursts
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
  localparam cause_t CauseInstructionAccessFault    = 12'd1;
  localparam cause_t CauseReadAccessFault           = 12'd5;
  localparam cause_t CauseWriteAccessFault          = 12'd7;
  localparam cause_t CauseInstructionPageFault      = 12'd12;
  localparam cause_t CauseReadPageFault             = 12'd13;
  localparam cause_t CauseWritePageFault            = 12'd15;
  localparam cause_t CauseInstructionGuestPageFault = 12'd20;
  localparam cause_t CauseReadGuestPageFault        = 12'd21;
  localparam cause_t CauseWriteGuestPageFault       = 12'd23;
  localparam cause_t CauseAllInboundDisallowed      = 12'd256;
  localparam cause_t CauseDdtEntryLoadAccessFault   = 12'd257;
  localparam cause_t CauseDdtEntryNotValid          = 12'd258;
  localparam cause_t CauseDdtEntryMisconfigured     = 12'd259;
  localparam cause_t CauseTransactionTypeDisallowed = 12'd260;
  localparam cause_t CauseMsiPteLoadAccessFault     = 12'd261;
  localparam cause_t CauseMsiPteNotValid            = 12'd262;
  localparam cause_t CauseMsiPteMisconfigured       = 12'd263;
  localparam cause_t CauseMrifAccessFault           = 12'd264;
  localparam cause_t CausePdtEntryLoadAccessFault   = 12'd265;
  localparam cause_t CausePdtEntryNotValid          = 12'd266;
  localparam cause_t CausePdtEntryMisconfigured     = 12'd267;
  localparam cause_t CauseDdtDataCorruption         = 12'd268;
  localparam cause_t CausePdtDataCorruption         = 12'd269;
  localparam cause_t CauseMsiPtDataCorruption       = 12'd270;
  localparam cause_t CauseMrifDataCorruption        = 12'd271;
  localparam cause_t CauseInternalDataPathError     = 12'd272;
  localparam cause_t CauseMsiWriteAccessFault       = 12'd273;
  localparam cause_t CausePtDataCorruption          = 12'd274;

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

  // What fctl says of the structures in memory (section 6.4).
  typedef struct packed {
    logic gxl;  // second stages are Sv32x4, first stages Sv32
    logic be;   // directory, second stage and MSI page tables are big-endian
  } fctl_t;

  typedef enum logic [1:0] {
    AccessRead,
    AccessWrite,   // atomics too
    AccessExecute
  } access_e;

  // Who asks for what: what permissions are judged by.
  typedef struct packed {
    access_e access;
    logic    priv;  // supervisor; only with a process_id (section 2.3)
    logic    ats;   // a translation request: it wants to read, and AccessWrite means that it would like to write too
  } asker_t;

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

  // Schemes of a stage; the second stage's translate two bits more (Sv39x4).
  typedef enum logic [2:0] {
    SchemeBare,
    SchemeSv32,
    SchemeSv39,
    SchemeSv48,
    SchemeSv57
  } scheme_e;

  // Quality-of-service ids of a request (section 9.1).
  typedef struct packed {
    logic [11:0] rcid;
    logic [11:0] mcid;
  } qos_ids_t;

  // A device context as it is kept (section 3.1.3).
  typedef struct packed {
    logic                 dtf;        // faults of translation are not reported
    logic                 en_ats;     // translation requests and translated requests are allowed
    logic                 en_pri;     // page requests are
    logic                 prpr;       // answers to page requests have the process_id
    logic                 t2gpa;      // translation requests are answered with guest addresses
    logic                 pdtv;       // requests may have a process_id
    logic                 dpe;        // those without are of process 0
    logic                 sade;       // hardware sets A and D in the first stage
    logic                 gade;       // and in the second
    logic                 sbe;        // first stage and process directory are big-endian
    logic                 sxl;        // first stages are Sv32
    logic [1:0]           pd_levels;  // pdtv: levels of the process directory; 0: none, no first stage
    scheme_e              first;      // !pdtv
    logic [PscidBits-1:0] pscid;
    logic [PpnBits-1:0]   first_ppn;  // root of the first stage, or of the process directory
    scheme_e              second;
    logic [GscidBits-1:0] gscid;
    logic [PpnBits-1:0]   second_ppn;
    logic                 msi;        // there is an MSI page table; only with a second stage
    logic [PpnBits-1:0]   msi_ppn;
    logic [MsiBits-1:0]   msi_mask;
    logic [MsiBits-1:0]   msi_pattern;
    qos_ids_t             qos;        // of the device's requests, and of accesses to its tables
  } device_t;

  // A process context as it is kept (section 3.2.3).
  typedef struct packed {
    logic                 ens;  // supervisor requests are allowed
    logic                 sum;  // they may use user pages
    scheme_e              first;
    logic [PscidBits-1:0] pscid;
    logic [PpnBits-1:0]   first_ppn;
  } process_t;

  // All that governs a translation. Without a process context, `proc` is made of the device's (own_process).
  typedef struct packed {
    device_t  device;
    process_t proc;
  } space_t;

  // Sizes of pages, in order.
  typedef enum logic [2:0] {
    Size4K,
    Size64K,  // Svnapot
    Size2M,
    Size4M,   // Sv32
    Size1G,
    Size512G,
    Size256T
  } size_e;

  typedef struct packed {
    logic readable;
    logic writable;
    logic executable;
    logic user;
    logic accessed;
    logic dirty;
  } rights_t;

  // A translation as it is kept: both stages in one, with A set, and D if it is writable.
  typedef struct packed {
    size_e              size;        // the smaller of the stages'
    size_e              first_size;  // of the first stage's leaf: what an invalidation by address covers
    logic               first;       // there is a first stage
    logic               readable;
    logic               writable;
    logic               executable;
    logic               user;
    logic               shared;      // global in the first stage, as translation requests are told
    logic [1:0]         pbmt;        // Svpbmt: 0 is the memory's own type
    logic [PpnBits-1:0] ppn;         // low bits of a larger page do not count
  } leaf_t;

  // Whose a kept translation is.
  typedef struct packed {
    logic [TagVpnBits-1:0] vpn;
    logic                  first;   // there is a first stage: pscid counts
    logic [PscidBits-1:0]  pscid;
    logic                  second;  // there is a second stage: gscid counts
    logic [GscidBits-1:0]  gscid;
  } tag_t;

  // How a translation ended, before the permissions of the request itself are looked at.
  typedef enum logic [2:0] {
    ResultLeaf,
    ResultBare,            // identity
    ResultFault,           // cause says which
    ResultPageFault,       // cause by access
    ResultAccessFault,     // cause by access
    ResultGuestPageFault,  // cause by access
    ResultMrif,            // to a memory-resident interrupt file (mrif_of)
    ResultStatus           // the memory under the tables asks to try again: no fault, status says which
  } result_kind_e;

  // The stages are kept apart, so that each request that waits gets its own fault (tarn_iommu_verdict).
  typedef struct packed {
    result_kind_e       kind;
    cause_t             cause;
    status_e            status;
    logic               dtf;
    logic               prpr;           // of the device context, for a message
    logic               ens;
    logic               sum;
    logic               reached;        // the first stage is through: its rights come before `kind`
    logic               first;          // there is a first stage
    rights_t            first_rights;
    size_e              first_size;
    rights_t            second_rights;
    size_e              size;
    logic [PpnBits-1:0] ppn;            // of the 4 KiB page
    logic [VpnBits-1:0] gpn;            // guest page, of the access or of the implicit access
    logic               implicit;       // a guest page fault of an implicit access: iotval2[0]
    logic               implicit_write; // which was to set A or D: iotval2[1]
    logic               for_lead;       // true of the first waiter alone: the walk ended with what it may do
    logic               sade;           // A and D are set when a walk is made for the access
    logic               gade;
    logic               t2gpa;          // translation requests are told the guest page
    logic               msi;            // of an MSI page table: executing is an access fault
    logic               shared;         // global in the first stage
    logic [1:0]         pbmt;
    qos_ids_t           qos;            // of the device context
  } result_t;

  // Of ResultMrif: what the MSI page-table entry says, in the place of what it does not need.
  typedef struct packed {
    logic [46:0]        file;        // address bits 55:9
    logic [PpnBits-1:0] notice_ppn;
    logic [10:0]        notice_id;
  } mrif_t;
  function automatic mrif_t mrif_of(result_t result);
    return '{file: result.gpn[46:0], notice_ppn: result.ppn, notice_id: result.cause[10:0]};
  endfunction

  // Which RAMs store what they store with a wrong bit: requests that wait (what they ask, their write data, what the lookup
  // keeps of them), caches.
  typedef struct packed {
    logic parked, write_data, requests, walks, contexts, translations;
  } parity_inject_t;

  // A request in the lookup pipeline; the rest of it stands in its slot.
  typedef struct packed {
    page_t      page;
    asker_t     asker;
    logic [7:0] slot;
  } lookup_t;

  // A slot: the request as it came, or a message in its clothes.
  typedef struct packed {
    logic                 message;
    logic                 debug;    // software's, of the debug interface
    logic [BurstBits-1:0] burst;
    dev_req_t             req;
  } slot_t;

  // What of a slot's content was not as it had been stored.
  typedef struct packed {
    logic asks;        // all but the write data
    logic write_data;
  } slot_errors_t;

  // What an invalidation command hits (section 4.1). Dropping more than it says is allowed.
  typedef enum logic [1:0] {
    InvalFirst,     // IOTINVAL.VMA
    InvalSecond,    // IOTINVAL.GVMA
    InvalDevices,   // IODIR.INVAL_DDT
    InvalProcesses  // IODIR.INVAL_PDT
  } inval_kind_e;

  typedef struct packed {
    inval_kind_e          kind;
    logic                 by_device;
    logic [23:0]          device_id;
    logic [19:0]          process_id;  // InvalProcesses
    logic                 by_address;  // InvalFirst
    logic                 non_leaf;    // by_address: pointers to tables too
    logic [VpnBits-1:0]   vpn;         // the first page of the range
    logic [VpnBits-1:0]   vpn_mask;    // bits of vpn that the range leaves open; 0: one page
    logic                 by_pscid;
    logic [PscidBits-1:0] pscid;
    logic                 by_gscid;    // InvalFirst without: spaces that have no second stage
    logic [GscidBits-1:0] gscid;
  } inval_t;

  typedef struct packed {
    tag_t       tag;
    leaf_t      leaf;
    logic [1:0] way;
  } tlb_fill_t;

  // Contexts to be kept; process_id is 0 for a device's.
  typedef struct packed {
    logic [23:0] device_id;
    logic [19:0] process_id;
    space_t      value;
  } context_fill_t;

  typedef struct packed {
    cause_t      cause;
    ttyp_t       ttyp;
    logic [23:0] device_id;
    logic [19:0] process_id;
    logic        process_valid;
    logic        priv;
    logic [63:0] iotval;
    logic [63:0] iotval2;  // guest page faults only
  } fault_t;

  // A write of 4 bytes that a command or an interrupt makes.
  typedef struct packed {
    logic [55:0] addr;  // multiple of 4
    logic [31:0] data;
  } word_write_t;

  // One that a device makes where the host's window has nothing.
  typedef struct packed {
    word_write_t word;
    qos_ids_t    qos;
  } outside_write_t;

  // Devices' tags, numbered: the high bit and, where fewer than 128 are used with it and without, as many low bits as tell them apart.
  function automatic logic [TagBits-1:0] tag_number(logic [TagBits-1:0] tag, int unsigned tag_lines);
    int unsigned low;
    low = $clog2(tag_lines);
    return (TagBits'(tag[TagBits-1]) << low) | (tag & TagBits'((1 << low) - 1));
  endfunction

  function automatic access_e access_of(op_e op, logic exec);
    if (op != OpRead) return AccessWrite;
    return exec ? AccessExecute : AccessRead;
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

  function automatic cause_t guest_page_fault_of(access_e access);
    unique case (access)
      AccessWrite:   return CauseWriteGuestPageFault;
      AccessExecute: return CauseInstructionGuestPageFault;
      default:       return CauseReadGuestPageFault;
    endcase
  endfunction

  // Does the entry's kind permit the access, A and D aside?
  function automatic logic has_right(rights_t rights, access_e access);
    unique case (access)
      AccessWrite:   return rights.writable;
      AccessExecute: return rights.executable;
      default:       return rights.readable;
    endcase
  endfunction

  function automatic logic is_user_rule_met(logic user, logic sum, asker_t asker);
    if (!asker.priv) return user;
    return !user || (sum && asker.access != AccessExecute);
  endfunction

  // Is the access of a kind that sets D in an entry with these rights?
  function automatic logic sets_dirty(rights_t rights, asker_t asker);
    return asker.access == AccessWrite && rights.writable;
  endfunction

  // A is set, and D if it must be.
  function automatic logic is_marked(rights_t rights, access_e access);
    return rights.accessed && (rights.dirty || access != AccessWrite);
  endfunction

  // First stage (privileged specification: U, SUM); second stage, where every access is a user's.
  function automatic logic is_first_permitted(rights_t rights, logic sum, asker_t asker);
    return has_right(rights, asker.access) && is_user_rule_met(rights.user, sum, asker);
  endfunction
  function automatic logic is_second_permitted(rights_t rights, access_e access);
    return has_right(rights, access) && rights.user;
  endfunction

  // Does the asker get through a stage, so that A may be set for it? A translation request is content with what there is,
  // as long as the page is one of its privilege (section 3.6).
  function automatic logic is_first_passed(rights_t rights, logic sum, asker_t asker);
    if (!asker.ats) return is_first_permitted(rights, sum, asker);
    return is_user_rule_met(rights.user, sum, '{access: AccessRead, priv: asker.priv, ats: 1'b1});
  endfunction
  function automatic logic is_second_passed(rights_t rights, asker_t asker);
    return asker.ats ? rights.user : is_second_permitted(rights, asker.access);
  endfunction

  // Would a walk of its own give a waiter what the result of another one's does not: by setting A or D for it?
  function automatic logic needs_own_walk(result_t result, asker_t asker);
    logic first_gives_write;
    first_gives_write = !result.first || (result.first_rights.writable && result.first_rights.dirty);
    if (asker.priv && !result.ens) return 1'b0;
    if (result.for_lead) return 1'b1;
    if (result.reached && result.first) begin
      if (!is_first_passed(result.first_rights, result.sum, asker)) return 1'b0;
      if (!result.first_rights.accessed) return result.sade;
      // A translation request that D keeps from writing may still read.
      if (sets_dirty(result.first_rights, asker) && !result.first_rights.dirty && (result.sade || !asker.ats)) begin
        return result.sade;
      end
    end
    if (result.kind != ResultLeaf || result.msi || !is_second_passed(result.second_rights, asker)) return 1'b0;
    return result.gade && (!result.second_rights.accessed ||
                           (sets_dirty(result.second_rights, asker) && first_gives_write && !result.second_rights.dirty));
  endfunction

  // May the request use the kept translation?
  function automatic logic is_permitted(leaf_t leaf, logic sum, asker_t asker);
    logic allowed;
    unique case (asker.access)
      AccessWrite:   allowed = leaf.writable;
      AccessExecute: allowed = leaf.executable;
      default:       allowed = leaf.readable;
    endcase
    return allowed && (!leaf.first || is_user_rule_met(leaf.user, sum, asker));
  endfunction

  // The low page-number bits that a page of this size leaves alone.
  function automatic logic [35:0] offset_mask(size_e size);
    unique case (size)
      Size64K:  return 36'h0_0000_000f;
      Size2M:   return 36'h0_0000_01ff;
      Size4M:   return 36'h0_0000_03ff;
      Size1G:   return 36'h0_0003_ffff;
      Size512G: return 36'h0_07ff_ffff;
      Size256T: return 36'hf_ffff_ffff;
      default:  return 36'h0_0000_0000;
    endcase
  endfunction

  // Are two page numbers in one page of this size? By groups of bits that the sizes leave alone together.
  function automatic logic is_same_page(logic [VpnBits-1:0] a, logic [VpnBits-1:0] b, size_e size);
    logic [VpnBits-1:0] differs;
    differs = a ^ b;
    return differs[VpnBits-1:36] == '0 &&
           (size >= Size256T || differs[35:27] == '0) && (size >= Size512G || differs[26:18] == '0) &&
           (size >= Size1G || differs[17:10] == '0) && (size >= Size4M || !differs[9]) &&
           (size >= Size2M || differs[8:4] == '0) && (size >= Size64K || differs[3:0] == '0);
  endfunction

  function automatic size_e smaller_of(size_e a, size_e b);
    return a < b ? a : b;
  endfunction

  function automatic logic [2:0] root_level(scheme_e scheme);
    unique case (scheme)
      SchemeSv32: return 3'd1;
      SchemeSv39: return 3'd2;
      SchemeSv48: return 3'd3;
      SchemeSv57: return 3'd4;
      default:    return 3'd0;
    endcase
  endfunction

  // The bits above those that a first stage translates must equal the highest of them.
  function automatic logic is_canonical(scheme_e scheme, logic [VpnBits-1:0] vpn);
    unique case (scheme)
      SchemeSv32: return vpn[VpnBits-1:20] == '0;  // section 3.1.3: no bit beyond bit 31
      SchemeSv39: return vpn[VpnBits-1:26] == '0 || vpn[VpnBits-1:26] == '1;
      SchemeSv48: return vpn[VpnBits-1:35] == '0 || vpn[VpnBits-1:35] == '1;
      SchemeSv57: return vpn[VpnBits-1:44] == '0 || vpn[VpnBits-1:44] == '1;
      default:    return 1'b1;
    endcase
  endfunction

  // A guest page number that the second stage can translate: no bit beyond its width.
  function automatic logic is_guest_page(scheme_e scheme, logic [VpnBits-1:0] gpn);
    unique case (scheme)
      SchemeSv32: return gpn[VpnBits-1:22] == '0;
      SchemeSv39: return gpn[VpnBits-1:29] == '0;
      SchemeSv48: return gpn[VpnBits-1:38] == '0;
      SchemeSv57: return gpn[VpnBits-1:47] == '0;
      default:    return 1'b1;
    endcase
  endfunction

  // Section 3.3, step 5: DDI fields are 7, 9 and 8 bits wide; of extended contexts (capabilities.MSI_FLAT) 6, 9 and 9.
  function automatic logic is_wide_device(mode_e mode, logic extended, logic [23:0] device_id);
    return (mode == ModeLvl1 && (device_id[23:7] != '0 || (extended && device_id[6]))) ||
           (mode == ModeLvl2 && (device_id[23:16] != '0 || (extended && device_id[15])));
  endfunction

  function automatic logic is_wide_process(logic [1:0] pd_levels, logic [19:0] process_id);
    return (pd_levels == 2'd1 && process_id[19:8] != '0) || (pd_levels == 2'd2 && process_id[19:17] != '0);
  endfunction

  // Section 3.3, steps 9 to 13: does the request have a process context, and of which process?
  function automatic logic needs_process(page_t page, device_t device);
    return page.kind inside {KindUntranslated, KindTranslationRequest} && device.pdtv && device.pd_levels != 2'd0 &&
           (page.process_valid || device.dpe);
  endfunction
  function automatic logic [19:0] process_of(page_t page);
    return page.process_valid ? page.process_id : 20'd0;
  endfunction

  // What takes the place of a process context for a request that has none.
  function automatic process_t own_process(page_t page, device_t device);
    process_t proc;
    proc           = '0;
    proc.ens       = 1'b1;
    proc.first     = SchemeBare;
    proc.pscid     = device.pscid;
    proc.first_ppn = device.first_ppn;
    if (!device.pdtv && page.kind != KindTranslated) proc.first = device.first;
    return proc;
  endfunction

  // The set of the translation cache that may hold a 4 KiB page; the caller takes the low bits that it needs.
  // Address spaces that use the same addresses spread: their identifiers come in with their bits reversed.
  function automatic logic [11:0] set_of(tag_t tag);
    logic [6:0] space;
    for (int unsigned i = 0; i < 7; i++) space[i] = (tag.first & tag.pscid[6-i]) ^ (tag.second & tag.gscid[6-i]);
    return {tag.vpn[11:7], tag.vpn[6:0] ^ tag.vpn[13:7] ^ space};
  endfunction

  function automatic tag_t tag_of(page_t page, space_t space);
    tag_t tag;
    tag.vpn    = page.vpn[TagVpnBits-1:0];
    tag.first  = space.proc.first != SchemeBare;
    tag.second = space.device.second != SchemeBare;
    tag.pscid  = tag.first ? space.proc.pscid : '0;
    tag.gscid  = tag.second ? space.device.gscid : '0;
    return tag;
  endfunction

  function automatic result_t plain_result(result_kind_e kind, logic dtf);
    result_t result;
    result      = '0;
    result.kind = kind;
    result.dtf  = dtf;
    result.ens  = 1'b1;
    return result;
  endfunction

  function automatic result_t fault_result(cause_t cause, logic dtf);
    result_t result;
    result       = plain_result(ResultFault, dtf);
    result.cause = cause;
    return result;
  endfunction

  // A result as it is kept.
  function automatic leaf_t leaf_of(result_t result);
    rights_t a, b;
    a = result.first_rights;
    b = result.second_rights;
    return '{size: result.size, first_size: result.first_size, first: result.first, user: a.user, ppn: result.ppn,
             shared: result.shared && !result.msi, pbmt: result.pbmt,  // Global is not told of an MSI page (section 3.6)
             readable: a.readable && b.readable, executable: a.executable && b.executable,
             writable: a.writable && b.writable && a.dirty && b.dirty};
  endfunction

  // A kept translation, as the result that it came from.
  function automatic result_t leaf_result(leaf_t leaf, space_t space);
    result_t result;
    result              = plain_result(ResultLeaf, space.device.dtf);
    result.ens          = space.proc.ens;
    result.sum          = space.proc.sum;
    result.reached      = 1'b1;
    result.first        = leaf.first;
    result.first_rights = '{readable: leaf.readable, writable: leaf.writable, executable: leaf.executable,
                            user: leaf.user, accessed: 1'b1, dirty: 1'b1};
    result.second_rights = result.first_rights;  // where there is no first stage they are the second's alone
    result.second_rights.user = 1'b1;
    result.size          = leaf.size;
    result.ppn           = leaf.ppn;
    result.shared        = leaf.shared;
    result.pbmt          = leaf.pbmt;
    return result;
  endfunction

  // What a device context alone decides (section 3.3, steps 7 and 8; section 3.7), and whether it does.
  function automatic logic is_disallowed(page_t page, device_t device);
    if (page.kind == KindMessage) return !device.en_pri;
    return (page.kind != KindUntranslated && !device.en_ats) || (page.process_valid && !device.pdtv) ||
           (page.process_valid && is_wide_process(device.pd_levels, page.process_id));
  endfunction
  function automatic logic device_result_valid(page_t page, device_t device);
    return is_disallowed(page, device) || page.kind == KindMessage || (page.kind == KindTranslated && !device.t2gpa);
  endfunction
  function automatic result_t device_result(page_t page, device_t device);
    result_t result;
    result      = plain_result(ResultBare, device.dtf);
    if (is_disallowed(page, device)) result = fault_result(CauseTransactionTypeDisallowed, device.dtf);
    result.prpr = device.prpr;
    return result;
  endfunction

  // And what the whole context decides (step 17): nothing to translate, or an address that no table can have.
  function automatic logic space_result_valid(page_t page, space_t space);
    return (space.proc.first == SchemeBare && space.device.second == SchemeBare) ||
           !is_canonical(space.proc.first, page.vpn);
  endfunction
  function automatic result_t space_result(page_t page, space_t space);
    result_t result;
    result     = plain_result(is_canonical(space.proc.first, page.vpn) ? ResultBare : ResultPageFault, space.device.dtf);
    result.ens = space.proc.ens;
    return result;
  endfunction

  // Where a walk stands.
  typedef enum logic [2:0] {
    PhaseDirectory,         // reads a non-leaf entry of the device directory
    PhaseDevice,            // reads a device context
    PhaseProcessDirectory,  // reads a non-leaf entry of the process directory
    PhaseProcess,           // reads a process context
    PhaseFirst,             // reads a first-stage entry
    PhaseSecond,            // reads a second-stage entry
    PhaseMsi                // reads an MSI page-table entry
  } phase_e;

  // What a guest page is translated for.
  typedef enum logic [1:0] {
    ForProcess,  // reading the process directory
    ForFirst,    // reading a first-stage entry
    ForUpdate,   // setting A or D in a first-stage entry
    ForPage      // the access itself
  } purpose_e;

  typedef struct packed {
    phase_e             phase;
    purpose_e           purpose;
    logic [2:0]         level;         // of the directory's or first stage's entry, 0 is the leaf's
    logic [2:0]         second_level;
    logic [PpnBits-1:0] ppn;           // host page of the table that is read next
    logic [VpnBits-1:0] gpn;           // guest page that is being translated, or was last
    logic               reached;       // the first stage is through
    rights_t            first_rights;
    size_e              first_size;
    logic               shared;
    logic [1:0]         first_pbmt;
    // Setting A and D in the entry that the walk stands at, if it still is what was read
    logic               swap;          // the next access does it
    logic               swap_dirty;    // D too
    logic [63:0]        entry;         // what was read
    logic               may_update;    // the second stage lets the first stage's entry be written
    logic               lead_blocked;  // the access is refused: nothing is set for it any more
  } walk_t;

  // A walk from the very beginning.
  function automatic walk_t first_step(ddtp_t ddtp);
    walk_t walk;
    walk       = '0;
    walk.level = ddtp.mode == ModeLvl3 ? 3'd2 : ddtp.mode == ModeLvl2 ? 3'd1 : 3'd0;
    walk.phase = ddtp.mode == ModeLvl1 ? PhaseDevice : PhaseDirectory;
    walk.ppn   = ddtp.ppn;
    return walk;
  endfunction

  // A page, as far as some bits tell it from others. Numbers of devices and processes come from the other end than those
  // of pages, so that pages of small numbers look alike when they are gigabytes apart. In short, of 8 bits: one in 256 others looks alike.
  localparam int unsigned SignatureBits = 24;
  typedef logic [SignatureBits-1:0] signature_t;
  function automatic signature_t signature_of(page_t where, logic short);
    signature_t device, proc, whole;
    for (int unsigned i = 0; i < SignatureBits; i++) device[SignatureBits-1-i] = where.device_id[i];
    proc = '0;
    for (int unsigned i = 0; i < 16; i++) proc[15-i] = where.process_id[i];
    whole = where.vpn[23:0] ^ {where.vpn[35:24], where.vpn[47:36]} ^ device ^ proc;
    return short ? {16'b0, whole[7:0] ^ whole[15:8] ^ whole[23:16]} : whole;
  endfunction

  // What a walk wants to know of the walk caches: pointers of the first stage on the way to a page of an address space,
  // and how a guest page is reached.
  typedef struct packed {
    tag_t               tag;
    logic [VpnBits-1:0] gpn;
  } walk_query_t;
  // "near": the pointer to the last table (2 MiB a table); "far": to the one above.
  typedef struct packed {
    logic               first_near, first_far;
    logic [PpnBits-1:0] first_near_ppn, first_far_ppn;    // host page of the table
    logic [PpnBits-1:0] first_near_gpn, first_far_gpn;    // its guest page
    logic               second_near, second_far;
    logic [PpnBits-1:0] second_near_ppn, second_far_ppn;
    logic               guest_page;                       // gpn is known to be readable
    logic [PpnBits-1:0] guest_page_ppn;                   // and its host page
  } walk_known_t;
  // What a step of a walk has found that may be kept.
  typedef struct packed {
    logic               first_near, first_far;    // page gpn, in the host page ppn, is the first stage's next table
    logic               second_near, second_far;  // page ppn is the second stage's next table
    logic               guest_page;               // guest page gpn is host page ppn
    walk_query_t        where;
    logic [PpnBits-1:0] ppn;
    logic [PpnBits-1:0] table_gpn;
  } walk_found_t;

  // What may shorten a walk that goes on: it is asked in the cycle after the step.
  typedef struct packed {
    logic   first;   // the first stage begins: its pointers
    logic   guest;   // a table lies at guest page gpn: where that is
    logic   second;  // the second stage begins: its pointers
    phase_e phase;   // of the walk, once the guest page is known
  } walk_asks_t;
  // Which of them does: one at most.
  typedef struct packed {
    logic first_near, first_far, guest_page, second_near, second_far;
  } walk_shortcut_t;
  function automatic walk_shortcut_t shortcut_of(walk_asks_t asks, walk_known_t known);
    logic first, guest;
    first = asks.first && (known.first_near || known.first_far);
    guest = asks.guest && known.guest_page;
    return '{
      first_near:  asks.first && known.first_near,
      first_far:   asks.first && known.first_far && !known.first_near,
      guest_page:  guest && !first,
      second_near: asks.second && known.second_near && !first && !guest,
      second_far:  asks.second && known.second_far && !known.second_near && !first && !guest
    };
  endfunction
  // The caches' answers come late: they are chosen by ands and ors.
  function automatic walk_t shortened(walk_t walk, walk_asks_t asks, walk_known_t known);
    walk_shortcut_t by;
    logic first, second;
    by     = shortcut_of(asks, known);
    first  = by.first_near || by.first_far;
    second = by.second_near || by.second_far;
    shortened = walk;
    if (first || by.guest_page) shortened.phase = asks.phase;
    if (first) shortened.level = 3'(by.first_far);
    if (second) shortened.second_level = 3'(by.second_far);
    shortened.gpn = ({VpnBits{!first}} & walk.gpn) | ({VpnBits{by.first_near}} & VpnBits'(known.first_near_gpn)) |
                    ({VpnBits{by.first_far}} & VpnBits'(known.first_far_gpn));
    shortened.ppn = ({PpnBits{by == '0}} & walk.ppn) | ({PpnBits{by.first_near}} & known.first_near_ppn) |
                    ({PpnBits{by.first_far}} & known.first_far_ppn) | ({PpnBits{by.guest_page}} & known.guest_page_ppn) |
                    ({PpnBits{by.second_near}} & known.second_near_ppn) | ({PpnBits{by.second_far}} & known.second_far_ppn);
  endfunction

  // Index of a page number at a level of 9 bits each.
  function automatic logic [8:0] index_of(logic [VpnBits-1:0] vpn, logic [2:0] level);
    unique case (level)
      3'd4:    return vpn[44:36];
      3'd3:    return vpn[35:27];
      3'd2:    return vpn[26:18];
      3'd1:    return vpn[17:9];
      default: return vpn[8:0];
    endcase
  endfunction
  // And of 10 bits each, Sv32.
  function automatic logic [9:0] narrow_index_of(logic [VpnBits-1:0] vpn, logic [2:0] level);
    return level == 3'd0 ? vpn[9:0] : vpn[19:10];
  endfunction

  // Where the directory's entries stand (DDI: 7, 9 and 8 bits of device_id, of extended contexts 6, 9 and 9).
  function automatic logic [55:0] directory_addr(logic extended, logic [23:0] device_id, walk_t walk);
    if (walk.phase == PhaseDevice) begin
      return extended ? {walk.ppn, device_id[5:0], 6'b0} : {walk.ppn, device_id[6:0], 5'b0};
    end
    if (walk.level == 3'd2) return {walk.ppn, extended ? device_id[23:15] : {1'b0, device_id[23:16]}, 3'b0};
    return {walk.ppn, extended ? device_id[14:6] : device_id[15:7], 3'b0};
  endfunction

  // A second stage's root has two index bits more and is 16 KiB aligned.
  function automatic logic [55:0] second_addr(scheme_e second, walk_t walk);
    logic [1:0] top;
    unique case (second)
      SchemeSv57: top = walk.gpn[46:45];
      SchemeSv48: top = walk.gpn[37:36];
      SchemeSv32: top = walk.gpn[21:20];
      default:    top = walk.gpn[28:27];
    endcase
    if (walk.second_level != root_level(second)) top = walk.ppn[1:0];
    if (second == SchemeSv32) return {walk.ppn[PpnBits-1:2], top, narrow_index_of(walk.gpn, walk.second_level), 2'b0};
    return {walk.ppn[PpnBits-1:2], top, index_of(walk.gpn, walk.second_level), 3'b0};
  endfunction

  // Where the entry stands that the step reads (PDI: 8, 9, 3 of process_id; msi_index: number of the interrupt file).
  function automatic logic [55:0] step_addr(logic extended, page_t page, space_t space, walk_t walk,
                                            logic [MsiBits-1:0] msi_index);
    logic [19:0] process_id;
    process_id = process_of(page);
    unique case (walk.phase)
      PhaseDirectory, PhaseDevice: return directory_addr(extended, page.device_id, walk);
      PhaseProcessDirectory: return {walk.ppn, walk.level == 3'd2 ? {6'b0, process_id[19:17]} : process_id[16:8], 3'b0};
      PhaseProcess:          return {walk.ppn, process_id[7:0], 4'b0};
      PhaseFirst: begin
        if (space.proc.first == SchemeSv32) return {walk.ppn, narrow_index_of(page.vpn, walk.level), 2'b0};
        return {walk.ppn, index_of(page.vpn, walk.level), 3'b0};
      end
      PhaseMsi: return {walk.ppn, 12'b0} | 56'({msi_index, 4'b0});
      default:  return second_addr(space.device.second, walk);
    endcase
  endfunction

  // Is a guest page that of a virtual interrupt file (section 3.1.3.6)? Or may it be for some value of the low bits?
  function automatic logic is_msi_page(device_t device, logic [VpnBits-1:0] gpn, logic [35:0] low);
    return device.msi && gpn[VpnBits-1:MsiBits] == '0 &&
           ((gpn[MsiBits-1:0] ^ device.msi_pattern) & ~device.msi_mask & ~MsiBits'(low)) == '0;
  endfunction
endpackage : tarn_iommu_pkg
