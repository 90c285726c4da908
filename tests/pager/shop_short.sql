-- A short session of the shop for a node that is simulated in RTL: sales in order of time, a report, some single
-- questions, some changes. Deterministic.
create table sale(id integer primary key, customer integer, day integer, remark text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 13500)
insert into sale select i, 1 + i * 7919 % 320, i * 365 / 13500, printf('remark on sale %d: %0130d', i * 31 % 1009, i * 2654435761 % 4294967291) from n;
select count(*), sum(length(remark)), sum(customer * day), max(substr(remark, -9)) from sale;
select id, customer, day, remark from sale where id in (7, 13500 / 2, 13500 / 2 + 1, 13500 - 1);
update sale set remark = remark || '!' where id > 13500 - 100;
select day, count(*), sum(length(remark)) from sale where id > 13500 - 500 group by day;
