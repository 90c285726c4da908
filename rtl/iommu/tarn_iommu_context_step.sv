// What a device context (base format, or extended where there are MSI page tables) and a process context say, and whether
// they are well formed. Combinational.
// Sections 3.1.3 and 3.1.4, 3.2.3 and 3.2.4. What an instance cannot do (Capabilities) is a misconfiguration.
module tarn_iommu_context_step
  import tarn_iommu_pkg::*;
  import tarn_iommu_possible_pkg::*;
#(
  parameter capabilities_t Capabilities = DefaultCapabilities
) (
  input  fctl_t            fctl_i,
  input  logic [7:0][63:0] words_i,          // device
  input  logic [1:0][63:0] process_words_i,
  input  logic             sxl_i,        // of the device's context, for a process context
  output logic             device_valid_o,
  output logic             device_misconfigured_o,
  output device_t          device_o,
  output logic             process_valid_o,
  output logic             process_misconfigured_o,
  output process_t         process_o
);
  localparam logic [3:0] Bare = 4'd0, Sv32 = 4'd8, Sv39 = 4'd8, Sv48 = 4'd9, Sv57 = 4'd10;
  localparam logic [3:0] Pd8 = 4'd1, Pd17 = 4'd2, Pd20 = 4'd3;

  typedef struct packed {
    logic [31:0] reserved63_32;
    logic [7:0]  custom;
    logic [11:0] reserved23_12;
    logic        sxl, sbe, dpe, sade, gade, prpr, pdtv, dtf, t2gpa, en_pri, en_ats, v;
  } tc_t;
  typedef struct packed {
    logic [3:0]  mode;
    logic [15:0] reserved59_44;  // iohgatp: GSCID
    logic [43:0] ppn;
  } pointer_t;
  typedef struct packed {
    logic [31:0]          reserved63_32;
    logic [PscidBits-1:0] pscid;
    logic [8:0]           reserved11_3;
    logic                 sum, ens, v;
  } process_ta_t;

  // narrow: of 32 bits; the encoding is that of 39.
  function automatic logic is_first_mode(logic [3:0] mode, logic narrow);
    if (narrow) return mode == Bare || (mode == Sv32 && Capabilities.sv32);
    return mode == Bare || (mode == Sv39 && Capabilities.sv39) || (mode == Sv48 && Capabilities.sv48) ||
           (mode == Sv57 && Capabilities.sv57);
  endfunction
  function automatic logic is_second_mode(logic [3:0] mode, logic narrow);
    if (narrow) return mode == Bare || (mode == Sv32 && Capabilities.sv32x4);
    return mode == Bare || (mode == Sv39 && Capabilities.sv39x4) || (mode == Sv48 && Capabilities.sv48x4) ||
           (mode == Sv57 && Capabilities.sv57x4);
  endfunction
  function automatic logic is_directory_mode(logic [3:0] mode);
    return mode == Bare || (mode == Pd8 && Capabilities.pd8) || (mode == Pd17 && Capabilities.pd17) ||
           (mode == Pd20 && Capabilities.pd20);
  endfunction
  function automatic scheme_e scheme_of(logic [3:0] mode, logic narrow);
    unique case (mode)
      Sv39:    return narrow ? SchemeSv32 : SchemeSv39;
      Sv48:    return SchemeSv48;
      Sv57:    return SchemeSv57;
      default: return SchemeBare;
    endcase
  endfunction

  // --- device ---------------------------------------------------------------------------------------------------
  tc_t tc;
  pointer_t iohgatp, fsc;
  logic [63:0] ta;
  pointer_t msiptp;
  // The widest guest address that there is (MGPAW): the pattern's bits beyond are reserved.
  localparam int unsigned GuestPageBits = guest_page_bits(Capabilities);
  logic sxl_allowed, msi_misconfigured;

  assign tc      = words_i[0];
  assign iohgatp = words_i[1];
  assign ta      = words_i[2];
  assign fsc     = words_i[3];
  assign msiptp  = words_i[4];
  assign device_valid_o = tc.v;

  always_comb begin
    device_misconfigured_o = tc.reserved63_32 != '0 || tc.reserved23_12 != '0;
    if (!Capabilities.ats && (tc.en_ats || tc.en_pri || tc.prpr)) device_misconfigured_o = 1'b1;
    if ((!tc.en_ats && (tc.t2gpa || tc.en_pri)) || (!tc.en_pri && tc.prpr)) device_misconfigured_o = 1'b1;
    if (tc.t2gpa && (!Capabilities.t2gpa || iohgatp.mode == Bare)) device_misconfigured_o = 1'b1;
    if (!Capabilities.amo_hwad && (tc.gade || tc.sade)) device_misconfigured_o = 1'b1;
    if (!Capabilities.both_endian && tc.sbe != fctl_i.be) device_misconfigured_o = 1'b1;
    if (!sxl_allowed || msi_misconfigured) device_misconfigured_o = 1'b1;
    if (tc.dpe && !tc.pdtv) device_misconfigured_o = 1'b1;
    if (!is_second_mode(iohgatp.mode, fctl_i.gxl)) device_misconfigured_o = 1'b1;
    if (iohgatp.mode != Bare && iohgatp.ppn[1:0] != 2'b00) device_misconfigured_o = 1'b1;
    if (ta[11:0] != '0 || ta[39:32] != '0 || (ta[63:40] != '0 && !Capabilities.qosid)) device_misconfigured_o = 1'b1;
    if (fsc.reserved59_44 != '0) device_misconfigured_o = 1'b1;
    if (tc.pdtv ? !is_directory_mode(fsc.mode) : !is_first_mode(fsc.mode, tc.sxl)) device_misconfigured_o = 1'b1;
  end

  // fctl.GXL can be written where there is Sv32x4.
  assign sxl_allowed = fctl_i.gxl ? tc.sxl : !tc.sxl || Capabilities.sv32x4;
  always_comb begin
    msi_misconfigured = 1'b0;
    if (Capabilities.msi_flat) begin
      msi_misconfigured = msiptp.mode > 4'd1 || msiptp.reserved59_44 != '0 || words_i[5][63:GuestPageBits] != '0 ||
                          words_i[6][63:GuestPageBits] != '0 || words_i[7] != '0 ||
                          (msiptp.mode != 4'd0 && iohgatp.mode == Bare);
    end
  end

  device_t device;
  assign device_o = possible_device(Capabilities, device);
  assign device = '{
    dtf:        tc.dtf,
    en_ats:     tc.en_ats,
    en_pri:     tc.en_pri,
    prpr:       tc.prpr,
    t2gpa:      tc.t2gpa,
    pdtv:       tc.pdtv,
    dpe:        tc.dpe,
    sade:       tc.sade,
    gade:       tc.gade,
    sbe:        tc.sbe,
    sxl:        tc.sxl,
    pd_levels:  tc.pdtv ? fsc.mode[1:0] : 2'd0,
    first:      tc.pdtv ? SchemeBare : scheme_of(fsc.mode, tc.sxl),
    pscid:      ta[31:12],
    first_ppn:  fsc.ppn,
    second:     scheme_of(iohgatp.mode, fctl_i.gxl),
    gscid:      iohgatp.reserved59_44,
    second_ppn: iohgatp.ppn,
    msi:         Capabilities.msi_flat && msiptp.mode != 4'd0,
    msi_ppn:     Capabilities.msi_flat ? msiptp.ppn : '0,
    msi_mask:    Capabilities.msi_flat ? words_i[5][MsiBits-1:0] : '0,
    msi_pattern: Capabilities.msi_flat ? words_i[6][MsiBits-1:0] : '0,
    qos:         Capabilities.qosid ? '{rcid: ta[51:40], mcid: ta[63:52]} : '0
  };

  // --- process --------------------------------------------------------------------------------------------------
  process_ta_t process_ta;
  pointer_t process_fsc;

  assign process_ta  = process_words_i[0];
  assign process_fsc = process_words_i[1];
  assign process_valid_o         = process_ta.v;
  assign process_misconfigured_o = process_ta.reserved63_32 != '0 || process_ta.reserved11_3 != '0 ||
                                   process_fsc.reserved59_44 != '0 || !is_first_mode(process_fsc.mode, sxl_i);
  assign process_o = '{
    ens:       process_ta.ens,
    sum:       process_ta.sum,
    first:     scheme_of(process_fsc.mode, sxl_i),
    pscid:     process_ta.pscid,
    first_ppn: process_fsc.ppn
  };
endmodule : tarn_iommu_context_step
