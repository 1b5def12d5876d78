{# GB 11643: what an 18-digit citizen number says about itself. #}

{#
  Does the 18th character fit the first 17? Null where there are fewer than 18 characters, false
  where the first 17 are not all digits. ascii(...) - 48 is the digit's value, without a cast that
  could fail.
#}
{% macro id_checksum_ok(id_no) -%}
    {%- set weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] -%}
    case
        when length({{ id_no }}) >= 18 then
            coalesce(
                {{ is_digits('left(' ~ id_no ~ ', 17)') }}
                and substr(
                    '10X98765432',
                    cast((
                        {%- for weight in weights %}
                        {{ '+ ' if not loop.first }}{{ weight }} * (ascii(substr({{ id_no }}, {{ loop.index }}, 1)) - 48)
                        {%- endfor %}
                    ) % 11 + 1 as integer),
                    1
                ) = upper(substr({{ id_no }}, 18, 1)),
                false
            )
    end
{%- endmacro %}

{# The gender that the 17th character says (odd: male); null where it is missing or no digit. #}
{% macro id_gender(id_no) -%}
    case
        when substr({{ id_no }}, 17, 1) in ('1', '3', '5', '7', '9') then '男'
        when substr({{ id_no }}, 17, 1) in ('0', '2', '4', '6', '8') then '女'
    end
{%- endmacro %}

{# A name without its blanks, narrow or wide: padding two-character names is a way of writing them. #}
{% macro without_blanks(name) -%}
    replace(replace({{ name }}, ' ', ''), '　', '')
{%- endmacro %}
