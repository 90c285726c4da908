// Types of the IOMMU's control side: commands, queues, messages, byte order (RISC-V IOMMU Architecture 1.0, chapter 4).
package tarn_iommu_control_pkg;
  import tarn_line_pkg::*;
  import tarn_iommu_pkg::cause_t;
  import tarn_iommu_pkg::fault_t;
  import tarn_iommu_pkg::qos_ids_t;

  // How a command ended, for the queue that it came from (section 6.15).
  typedef enum logic [1:0] {
    CommandDone,
    CommandIllegal,      // or unsupported
    CommandMemoryFault,  // of an access that it made
    CommandTimeout       // a fence, of an invalidation of a device before it
  } command_result_e;

  // How a record for a queue ended.
  typedef enum logic [1:0] {
    RecordWritten,
    RecordOff,          // the queue is off
    RecordMemoryFault,  // it could not be written, now or before
    RecordOverflow      // no room, now or before
  } record_result_e;

  // Sources of interrupts, as in ipsr (section 6.18).
  typedef struct packed {
    logic page_requests;  // pip
    logic monitor;        // pmip
    logic faults;         // fip
    logic commands;       // cip
  } sources_t;

  // A message that a command sends to a device.
  typedef struct packed {
    logic        is_response;  // page request group response, else invalidation request
    logic [23:0] device_id;
    logic        process_valid;
    logic [19:0] process_id;
    logic [63:0] payload;
  } device_command_t;

  // A page request, or stop marker, whose sender is known and may be heard; or one to be answered here.
  typedef struct packed {
    logic        refused;   // it does not reach the queue
    logic        invalid;   // refused: answered with Invalid Request, else Response Failure
    logic        prpr;      // DC.tc.PRPR: answers but Response Failure bring the process_id
    logic [23:0] device_id;
    logic        process_valid;
    logic [19:0] process_id;
    logic        priv;
    logic        exec;
    logic [63:0] payload;
  } page_request_t;

  // A PCIe ATS translation completion, as the answer's data has it (PCIe's Translation Completion Data Entry).
  typedef struct packed {
    logic [51:44] page_high;   // host pages have 44 bits
    logic [43:0]  page;
    logic         larger;      // S: the size is encoded in page
    logic         no_snoop;    // N
    logic         cxl_io;
    logic [2:0]   ama;
    logic         shared;      // Global
    logic         privileged;  // Priv
    logic         executes;
    logic         untranslated_only;  // U
    logic         writes;
    logic         reads;
  } ats_completion_t;

  // What the issue stage does with a request.
  typedef struct packed {
    logic            passes;      // on to the host
    logic            mrif;        // on to the MRIF unit
    logic            faults;      // recorded, if the device context has it so
    cause_t          cause;
    logic [63:0]     iotval2;
    status_e         status;      // the answer, unless it passes
    ats_completion_t completion;  // with it
    logic [43:0]     page;        // host page
    logic            larger;      // of a page larger than 4 KiB,
    logic [43:0]     mask;        // which leaves these bits alone
  } verdict_t;

  // A device's access to a page that an MRIF-mode MSI PTE covers.
  typedef struct packed {
    logic [7:0]  tag;
    logic        walked;
    logic        is_write;
    logic        is_word;     // 4 bytes, naturally aligned
    logic [11:0] offset;      // in the page
    logic [31:0] data;        // in the byte order that bit 2 of the address says
    logic [46:0] file;        // address bits 55:9
    logic [43:0] notice_ppn;
    logic [10:0] notice_id;
    qos_ids_t    qos;
    logic        dtf;
    fault_t      record;      // if it faults; the cause is found later
  } mrif_request_t;

  // What the performance monitor may count (section 6.23).
  typedef struct packed {
    logic [23:0] device_id;
    logic        process_valid;
    logic [19:0] process_id;
    logic        pscid_valid;
    logic [19:0] pscid;
    logic        gscid_valid;
    logic [15:0] gscid;
  } monitor_who_t;

  typedef struct packed {
    logic [8:1]   happened;  // by eventID
    monitor_who_t who;
  } monitor_event_t;

  // How a translation of the debug interface ended, as tr_response has it (section 6.26).
  typedef struct packed {
    logic        fault;
    logic [1:0]  pbmt;
    logic        larger;  // than a page: the size is encoded in ppn
    logic [43:0] ppn;
  } debug_outcome_t;

  // Kinds of dev_msg_t.
  localparam logic [2:0] MessagePageRequest = 3'd0, MessageInvalCompletion = 3'd1, MessageGroupResponse = 3'd2,
                         MessageInvalRequest = 3'd3;
  // Codes of a page request group response (PCIe).
  localparam logic [3:0] GroupSuccess = 4'h0, GroupInvalidRequest = 4'h1, GroupResponseFailure = 4'hf;

  // Does the sender wait for an answer? L is set, and it is no stop marker (section 4.3).
  function automatic logic needs_answer(logic [63:0] payload);
    return payload[2] && payload[1:0] != 2'b00;
  endfunction

  // The byte enables of a naturally aligned access of 4 << size bytes, 4 to 64.
  function automatic logic [63:0] mask_of(logic [2:0] size, logic [5:0] addr);
    for (int unsigned i = 0; i < 64; i++) begin
      mask_of[i] = (size > 3'd0 || addr[2] == i[2]) && (size > 3'd1 || addr[3] == i[3]) && (size > 3'd2 || addr[4] == i[4]) &&
                   (size > 3'd3 || addr[5] == i[5]);
    end
  endfunction

  // The byte enables of one naturally aligned word, and which word that is.
  function automatic logic is_word(logic [63:0] mask);
    logic [15:0] full, some;
    for (int unsigned i = 0; i < 16; i++) begin
      full[i] = &mask[4*i +: 4];
      some[i] = |mask[4*i +: 4];
    end
    return some != '0 && full == some && (some & (some - 16'd1)) == '0;
  endfunction
  function automatic logic [3:0] word_of(logic [63:0] mask);
    logic [3:0] word;
    word = '0;
    for (int unsigned i = 0; i < 16; i++) if (mask[4*i]) word |= 4'(i);
    return word;
  endfunction

  // Structures in memory are doublewords, what commands and interrupts write are words, of either byte order (fctl.BE).
  function automatic logic [63:0] order64(logic big, logic [63:0] value);
    logic [63:0] ordered;
    for (int unsigned i = 0; i < 8; i++) ordered[8*i +: 8] = value[8*(7-i) +: 8];
    return big ? ordered : value;
  endfunction
  function automatic logic [31:0] order32(logic big, logic [31:0] value);
    return big ? {value[7:0], value[15:8], value[23:16], value[31:24]} : value;
  endfunction
endpackage : tarn_iommu_control_pkg
