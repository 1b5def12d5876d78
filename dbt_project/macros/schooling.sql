{#
  The year of schooling that a student status stands for, counted through all stages: its least or
  greatest value, since 小学 and 本科 cover several years and 技师 is entered from either school.
#}
{% macro school_grade(status, bound) -%}
    {%- set grades = [
        ('学龄前儿童', 0, 1), ('学前教育', 1, 1), ('小学', 2, 2), ('初中', 3, 3),
        ('普通高中一年级', 4, 4), ('普通高中二年级', 5, 5), ('普通高中三年级', 6, 6),
        ('中职一年级', 4, 4), ('中职二年级', 5, 5), ('中职三年级', 6, 6),
        ('高职高专一年级', 7, 7), ('高职高专二年级', 8, 8), ('高职高专三年级', 9, 9),
        ('技师', 4, 9), ('本科', 7, 10), ('硕士生及以上', 11, 14),
    ] -%}
    case {{ status }}
        {%- for label, low, high in grades %}
        when '{{ label }}' then {{ low if bound == 'low' else high }}
        {%- endfor %}
    end
{%- endmacro %}
