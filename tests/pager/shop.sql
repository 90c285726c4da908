-- A shop's database, made in memory, and what is asked of one: what sqlite3 runs in far memory in tests and figures. Deterministic.
-- The caller sets the size with a table first:  create table size as select 20000 as sales;
-- Sales are made in order of time, reports go through all of them, and most single questions and changes are about recent ones.
create table customer(id integer primary key, name text, city text);
create table sale(id integer primary key, customer integer, day integer, remark text);
create table line(sale integer, position integer, article integer, pieces integer, cents integer, primary key (sale, position)) without rowid;
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < (select sales / 50 from size))
insert into customer select i, 'customer ' || (i * 7919 % 1000003), 'city ' || (i * 104729 % 97) from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < (select sales from size))
insert into sale select i, 1 + i * 7919 % (select sales / 50 from size), i * 365 / (select sales from size),
  'remark on sale ' || (i * 31 % 1009) || hex(i * 2654435761 % 4294967291) from n;
insert into line select sale.id, p.column1, 1 + (sale.id * 13 + p.column1) * 31 % 5003, 1 + (sale.id + p.column1) % 5, 100 + sale.id * 17 % 9900
  from sale, (values (1), (2), (3)) p where p.column1 < 3 or sale.id % 2 = 0;
create index sale_by_day on sale(day);
create index line_by_article on line(article, pieces);
commit;
-- Reports. (A cross join is taken in the order in which it is written.)
select count(*), sum(pieces * cents) from line;
select day / 30 as month, count(*), sum(length(remark)) from sale group by month order by month;
select day / 30 as month, count(*), sum(pieces * line.cents) from sale cross join line on line.sale = sale.id group by month order by month;
select city, count(*), max(sale.id) from sale join customer on customer.id = sale.customer group by city order by count(*) desc, city limit 5;
select article, sum(pieces) as sold from line group by article order by sold desc, article limit 5;
select substr(remark, -3) as tail, count(*) from sale where remark like '%7A%' group by tail order by count(*) desc, tail limit 5;
-- Single questions, nine of ten about the last hundredth of the sales.
with recursive n(i, s) as (
  select 1, 1 union all
  select i + 1, case when i % 10 = 0 then 1 + i * 7919 % (select sales from size)
                     else (select sales - i * 104729 % (1 + sales / 100) from size) end
  from n where i < (select sales / 4 from size))
select count(*), sum((select sum(pieces * cents) from line where sale = s)), sum((select length(remark) from sale where id = s)) from n;
-- Changes of recent sales.
update sale set remark = remark || '!' where id > (select sales - sales / 50 from size);
update line set pieces = pieces + 1 where sale > (select sales - sales / 50 from size);
delete from line where sale > (select sales - sales / 200 from size) and position = 2;
select count(*), sum(pieces * cents), (select sum(length(remark)) from sale) from line;
pragma quick_check;
