#include "models/channel/scheduler_config.h"

#include "models/channel/channel_registers.h"

namespace tarn::channel {

SchedulerConfig SchedulerConfigOf(const std::vector<RegisterWrite>& writes) {
  namespace r = channel_registers;
  const auto value = [&](std::uint32_t offset, std::uint32_t reset) {
    for (auto write = writes.rbegin(); write != writes.rend(); ++write) {
      if (write->offset == offset) return write->value;
    }
    return reset;
  };
  const std::uint32_t latency = value(r::timing_latency::kOffset, r::timing_latency::kReset);
  const std::uint32_t row = value(r::timing_row::kOffset, r::timing_row::kReset);
  const std::uint32_t group = value(r::timing_bank_group::kOffset, r::timing_bank_group::kReset);
  const std::uint32_t write = value(r::timing_write::kOffset, r::timing_write::kReset);
  const std::uint32_t bank = value(r::timing_bank::kOffset, r::timing_bank::kReset);
  const std::uint32_t refresh = value(r::timing_refresh::kOffset, r::timing_refresh::kReset);
  const std::uint32_t command = value(r::timing_command::kOffset, r::timing_command::kReset);
  const std::uint32_t geometry = value(r::geometry::kOffset, r::geometry::kReset);
  const std::uint32_t scheduler = value(r::scheduler::kOffset, r::scheduler::kReset);
  const std::uint32_t age_cap = value(r::age_cap::kOffset, r::age_cap::kReset);
  const std::uint32_t turns = value(r::turns::kOffset, r::turns::kReset);
  const std::uint32_t head_start = r::head_start::Cycles::Get(value(r::head_start::kOffset, r::head_start::kReset));
  return {
      .cl = r::timing_latency::Cl::Get(latency),
      .cwl = r::timing_latency::Cwl::Get(latency),
      .rcd = r::timing_bank::Rcd::Get(bank),
      .rp = r::timing_bank::Rp::Get(bank),
      .ras = r::timing_row::Ras::Get(row),
      .rc = r::timing_row::Rc::Get(row),
      .faw = r::timing_row::Faw::Get(row),
      .rtp = r::timing_row::Rtp::Get(row),
      .ccd_s = r::timing_bank_group::CcdS::Get(group),
      .ccd_l = r::timing_bank_group::CcdL::Get(group),
      .rrd_s = r::timing_bank_group::RrdS::Get(group),
      .rrd_l = r::timing_bank_group::RrdL::Get(group),
      .wr = r::timing_write::Wr::Get(write),
      .wtr_s = r::timing_write::WtrS::Get(write),
      .wtr_l = r::timing_write::WtrL::Get(write),
      .rtw_gap = r::timing_write::RtwGap::Get(write),
      .ccd_l_wr = r::timing_bank::CcdLWr::Get(bank),
      .rp_all = r::timing_bank::RpAll::Get(bank),
      .ppd = r::timing_command::Ppd::Get(command),
      .rfc = r::timing_refresh::Rfc::Get(refresh),
      .refi = r::timing_refresh::Refi::Get(refresh),
      .burst = 4 << r::geometry::Narrowing::Get(geometry),
      .activate_clocks = r::timing_command::Activate::Get(command),
      .column_clocks = r::timing_command::Column::Get(command),
      .precharge_clocks = r::timing_command::Precharge::Get(command),
      .bank_group_bits = r::geometry::BankGroupBits::Get(geometry),
      .bank_bits = r::geometry::BankBits::Get(geometry),
      .write_high = r::scheduler::WriteHigh::Get(scheduler),
      .write_low = r::scheduler::WriteLow::Get(scheduler),
      .refresh_batch = r::scheduler::RefreshBatch::Get(scheduler),
      .refresh_ahead = r::scheduler::RefreshAhead::Get(scheduler),
      .read_age_cap = std::int64_t{r::age_cap::Reads::Get(age_cap)} + head_start,
      .write_age_cap = std::int64_t{r::age_cap::Writes::Get(age_cap)} + head_start,
      .read_turn = r::turns::Reads::Get(turns),
      .write_turn = r::turns::Writes::Get(turns),
      .head_start = head_start,
      .qos_start = r::head_start::Qos::Get(value(r::head_start::kOffset, r::head_start::kReset)),
  };
}

}  // namespace tarn::channel
